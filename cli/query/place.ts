/** More lines than these nobody needs to find the place. */
const LINES_BEFORE = 1;

/**
 * The reason with the lines of the statement that it speaks of and a caret below the place.
 * @param reason as Athena gives it, e.g. `COLUMN_NOT_FOUND: line 2:3: Column 'x' cannot be resolved`
 */
export function pointInto(sql: string, reason: string): string {
  const match = /line (\d+):(\d+)/.exec(reason);
  if (match === null) return reason;
  const [line, column] = [Number(match[1]), Number(match[2])];
  const lines = sql.split("\n");
  const wrong = lines[line - 1];
  if (wrong === undefined) return reason;
  const width = String(line).length;
  const shown = lines
    .slice(Math.max(0, line - 1 - LINES_BEFORE), line)
    .map((text, index, all) => `  ${String(line - all.length + 1 + index).padStart(width)} | ${text}`);
  // Tabs before the place stay tabs, so that the caret stands below it.
  const before = wrong.slice(0, column - 1).replaceAll(/[^\t]/g, " ");
  return [reason, ...shown, `  ${" ".repeat(width)} | ${before}^`].join("\n");
}
