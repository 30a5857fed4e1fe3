/** Names in databases: whoever writes a statement quotes them, so nearly any text will do. */
import type { Engine } from "./source";

/**
 * The longest names. PostgreSQL counts bytes (NAMEDATALEN) and cuts what is longer, silently; MySQL counts characters.
 * https://www.postgresql.org/docs/current/limits.html, https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html
 */
const longest: Readonly<Record<Engine, number>> = { postgresql: 63, mysql: 64 };

/** What is wrong with the name of a table, a schema or a database, or undefined. */
export function nameFault(name: string, engine: Engine): { message: string; fix: string } | undefined {
  if (name === "") return { message: "is empty", fix: "write the name" };
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) {
    return { message: "has control characters in it", fix: "read it through a view with another name" };
  }
  if (name === "__proto__") {
    return { message: "is a name that programs cannot carry", fix: "read it through a view with another name" };
  }
  const isBytes = engine === "postgresql";
  const length = isBytes ? Buffer.byteLength(name) : [...name].length;
  if (length <= longest[engine]) return undefined;
  const unit = isBytes ? "bytes" : "characters";
  return {
    message: `has ${length} ${unit}; ${engine} allows ${longest[engine]}`,
    fix: "write it as the database has it",
  };
}
