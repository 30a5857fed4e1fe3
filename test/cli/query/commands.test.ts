import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { main } from "../../../cli/main";
import { temporaryFolder } from "../support";

const folder = temporaryFolder();

async function refusal(...args: string[]): Promise<{ code: number; message: string; fix: string }> {
  let printed = "";
  const spy = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    const code = await main([...args, "--json"]);
    return { code, ...JSON.parse(printed).error };
  } finally {
    spy.mockRestore();
  }
}

test("a query needs exactly one statement", async () => {
  expect(await refusal("query")).toMatchObject({ code: 2, message: "There is no statement." });
  expect(await refusal("query", "SELECT 1", "--file", "x")).toMatchObject({
    code: 2,
    message: "There are two statements.",
  });
  expect(await refusal("query", " ")).toMatchObject({ code: 2, message: "The statement is empty." });
});

test("a statement's file must be readable", async () => {
  const missing = join(folder, "missing.sql");
  expect((await refusal("query", "--file", missing)).message).toContain(`${missing} cannot be read`);
});

test("everything that is wrong is told at once", async () => {
  const { message } = await refusal("query", "SELECT 1", "--csv", "--account", "nowhere");
  expect(message).toContain("--csv and --json contradict each other.");
  expect(message).toContain("There is no lake account nowhere.");
});

test("a file's statement is taken as it is", async () => {
  const file = join(folder, "empty.sql");
  writeFileSync(file, "\n");
  expect((await refusal("query", "--file", file)).message).toBe("The statement is empty.");
});
