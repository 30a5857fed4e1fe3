import { main } from "../../cli/main";

/** Runs `lake access` in this process and catches its JSON document. */
async function access<T = { error: { message: string; fix?: string } }>(
  ...args: string[]
): Promise<{ code: number; document: T }> {
  let printed = "";
  const spy = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    return { code: await main(["access", ...args, "--json"]), document: JSON.parse(printed) as T };
  } finally {
    spy.mockRestore();
  }
}

const QUESTION = ["lake-prod-intake", "s3:GetObject", "arn:aws:s3:::lake-prod-drop-333333333333-eu-west-1/sales/a.csv"];

test.each([
  [["--check", "--write"], "do not go together", "Use one of them"],
  [["--diff", "main", "--explain", ...QUESTION], "do not go together", "Use one of them"],
  [["--explain", "lake-prod-intake"], "takes a principal, an action and a resource, and not 1 text", "For example"],
  [["--explain", ...QUESTION, "more"], "and not 4 texts", "For example"],
  [["--clearance", "secret"], "belong to --explain", "what is to be explained"],
  [["--tag", "a=b"], "belong to --explain", "what is to be explained"],
  [["--diff", "no such thing"], "no such thing is no Git reference", "a branch, a tag or a commit"],
  [["--diff", "x".repeat(5000)], "is no Git reference", "a branch, a tag or a commit"],
  [["--diff=--output=/tmp/x"], "is no Git reference", "a branch, a tag or a commit"],
  [["--diff", "no-such-branch"], "no-such-branch has no docs/access-matrix.md", "that has the file"],
])("%j is refused with what to do", async (args, message, fix) => {
  const { code, document } = await access(...args);
  expect(code).toBe(2);
  expect(document.error.message).toContain(message);
  expect(document.error.message.length).toBeLessThan(200);
  expect(document.error.fix).toContain(fix);
});

interface Explanation {
  readonly allowed: boolean;
  readonly calls: readonly { readonly action: string; readonly statements: readonly { readonly sid: string }[] }[];
}

test("an explanation names the statements of role and key", async () => {
  const { code, document } = await access<Explanation>("--explain", ...QUESTION);
  expect(code).toBe(0);
  expect(document.allowed).toBe(true);
  const sids = document.calls.map(({ action, statements }) => [action, ...statements.map(({ sid }) => sid)]);
  expect(sids).toEqual([
    ["s3:GetObject", "ReadProdZonesDropStore", "WorkInTheLake"],
    ["kms:Decrypt", "S3ForLakeProdIntake", "WorkInTheLake"],
  ]);
});

test("an explanation can bring what the request says", async () => {
  const { code, document } = await access<Explanation>(
    ...["--explain", ...QUESTION],
    ...["--context", "aws:SecureTransport=false"],
  );
  expect(code).toBe(0);
  expect(document.allowed).toBe(false);
  expect(document.calls[0]?.statements).toEqual([expect.objectContaining({ sid: "TlsOnly", effect: "Deny" })]);
});

test("nobody of an unknown name is asked", async () => {
  const { code, document } = await access("--explain", "lake-prod-intak", ...QUESTION.slice(1));
  expect(code).toBe(2);
  expect(document.error).toMatchObject({
    message: "There is no principal lake-prod-intak.",
    fix: expect.stringContaining("lake-prod-intake"),
  });
});

test("the committed matrix is the computed one", async () => {
  expect(await access("--check")).toEqual({ code: 0, document: { differences: [] } });
});
