import { scheduleFault, timeZoneFault } from "../../../contracts/pipelines/schedule";

test.each([
  "cron(0 6 * * ? *)",
  "cron(0/15 8-18 ? * MON-FRI *)",
  "cron(30 6,18 1,15 JAN-MAR ? 2026-2030)",
  "cron(0 6 L * ? *)",
  "cron(0 6 LW * ? *)",
  "cron(0 6 L-3 * ? *)",
  "cron(0 6 15W * ? *)",
  "cron(0 6 ? * 6L *)",
  "cron(0 6 ? * TUE#2 *)",
  "rate(1 hour)",
  "rate(30 minutes)",
])("%s is a schedule", (expression) => {
  expect(scheduleFault(expression)).toBeUndefined();
});

test.each([
  ["cron(0 6 * * * *)", "must leave either the day of the month or the day of the week open", "exactly one"],
  ["cron(0 6 ? * ? *)", "must leave either the day of the month or the day of the week open", "exactly one"],
  ["cron(60 6 * * ? *)", "has 60 as minutes", "write 0 to 59"],
  ["cron(0 24 * * ? *)", "has 24 as hours", "write 0 to 23"],
  ["cron(0 6 32 * ? *)", "has 32 as day of month", "write 1 to 31"],
  ["cron(0 6 * 13 ? *)", "has 13 as month", "or JAN to DEC"],
  ["cron(0 6 ? * 0 *)", "has 0 as day of week", "or SUN to SAT"],
  ["cron(0 6 ? * MON,? *)", "has MON,? as day of week", "write 1 to 7"],
  ["cron(0 6 * * ? 1969)", "has 1969 as year", "write 1970 to 2199"],
  ["cron(0/0 6 * * ? *)", "has 0/0 as minutes", "a step"],
  ["cron(0 18-8 * * ? *)", "has 18-8 as hours", "a range"],
  ["cron(0 6 * * *)", "has 5 fields instead of six", "write `cron(0 6 * * ? *)`"],
  ["cron(0 6 * * 1-5)", "has 5 fields instead of six", "write `cron(0 6 ? * 2-6 *)`"],
  ["cron(0 6 *)", "has 3 fields instead of six", "minutes, hours, day of month, month, day of week, year"],
  ["0 6 * * *", "is no schedule", "write `cron(0 6 * * ? *)`"],
  ["0 6 * * ? *", "is no schedule", "write `cron(0 6 * * ? *)`"],
  ["at(2026-01-01T00:00:00)", "is no schedule", "cron(0 6 * * ? *) or rate(1 hour)"],
  ["daily", "is no schedule", "cron(0 6 * * ? *) or rate(1 hour)"],
  ["rate(1 hours)", "is no rate", "write `rate(1 hour)`"],
  ["rate(2 hour)", "is no rate", "write `rate(2 hours)`"],
  ["rate(0 hours)", "is no rate", "rate(1 hour)"],
  ["rate(1 week)", "is no rate", "rate(1 hour)"],
])("%s is told with a fix", (expression, message, fix) => {
  const fault = scheduleFault(expression);
  expect(fault?.message).toContain(message);
  expect(fault?.fix).toContain(fix);
});

test("what a crontab's line is rewritten to is a schedule", () => {
  for (const line of ["0 6 * * *", "0 6 1 * *", "0 6 * * 0", "0 6 * * 1-5", "*/5 * * * MON"]) {
    const [, suggested = ""] = /`(.*)`/.exec(scheduleFault(line)?.fix ?? "") ?? [];
    expect(scheduleFault(suggested)).toBeUndefined();
  }
});

test.each(["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Europe/Kiev"])(
  "%s is a time zone",
  (zone) => {
    expect(timeZoneFault(zone)).toBeUndefined();
  },
);

test.each([
  ["Europe/Berln", "write `Europe/Berlin`"],
  ["europe/berlin", "write `Europe/Berlin`"],
  ["utc", "write `UTC`"],
  ["+01:00", "Europe/Berlin or UTC"],
  ["Nowhere at all", "Europe/Berlin or UTC"],
])("%s is no time zone", (zone, fix) => {
  expect(timeZoneFault(zone)?.fix).toContain(fix);
});
