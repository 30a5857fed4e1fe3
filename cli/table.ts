/** A cell; numbers are set right and grouped. */
export type Cell = string | number | undefined;

/** Rows under a header, in columns as wide as their widest cell. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumeric = header.map((_, column) =>
    rows.every((row) => row[column] === undefined || typeof row[column] === "number"),
  );
  const lines = [header, ...rows.map((row) => row.map(textOf))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const layOut = (line: readonly string[]) =>
    widths
      .map((width, column) => {
        const text = line[column] ?? "";
        return isNumeric[column] === true ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [layOut(header), widths.map((width) => "-".repeat(width)).join("  "), ...lines.slice(1).map(layOut)].join(
    "\n",
  );
}

/** `1234567` -> `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** `1.5 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

function textOf(cell: Cell): string {
  if (cell === undefined) return "-";
  return typeof cell === "number" ? formatCount(cell) : cell;
}
