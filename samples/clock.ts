/** Dates of the generated shop, as texts: seconds count from its first day. */

const firstDay = Date.UTC(2016, 8, 4);
const secondsOfDay = 86_400;
const days = 1200;

const dayTexts = Array.from({ length: days }, (_, day) =>
  new Date(firstDay + day * secondsOfDay * 1000).toISOString().slice(0, 10),
);
const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"));

/** `2017-10-02 10:56:33` */
export function timestamp(seconds: number): string {
  const day = Math.floor(seconds / secondsOfDay);
  const time = seconds - day * secondsOfDay;
  const hours = Math.floor(time / 3600);
  const minutes = Math.floor((time - hours * 3600) / 60);
  return `${dayTexts[day]} ${twoDigits[hours]}:${twoDigits[minutes]}:${twoDigits[time % 60]}`;
}

/** Midnight of the day, which is how the publisher writes dates. */
export function midnight(seconds: number): string {
  return `${dayTexts[Math.floor(seconds / secondsOfDay)]} 00:00:00`;
}

export const hour = 3600;
export const day = secondsOfDay;
