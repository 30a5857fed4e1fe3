import { readFileSync } from "node:fs";
import { join } from "node:path";
import { draw } from "../../cli/diagram/draw";
import { ROOT, synthesisOf } from "../support/synthesis";

test.each([...draw(synthesisOf("aws").folder)])(
  "%s shows the stacks as they are: npm run lake -- diagram",
  (path, text) => {
    expect(readFileSync(join(ROOT, path), "utf8")).toBe(text);
  },
);

test("the picture does not depend on the target", () => {
  expect([...draw(synthesisOf("local").folder)]).toEqual([...draw(synthesisOf("aws").folder)]);
});
