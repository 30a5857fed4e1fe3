import { parseAccounts } from "../../accounts/model/load";
import { small } from "../../accounts/model/sizes";
import { filesOf, lake } from "./fixtures";

test("a small lake needs less of everything than one by default, and has the same zones", () => {
  const [usual] = parseAccounts(filesOf()).lakes;
  const [dev] = parseAccounts(filesOf({ prod: { ...lake, ...small } })).lakes;
  if (usual === undefined || dev === undefined) throw new Error("there is no lake");
  expect(dev.zones.map(({ name }) => name)).toEqual(usual.zones.map(({ name }) => name));
  const sizes = ({ intake, logRetentionDays, zones }: typeof dev) => [
    intake.memoryMb,
    intake.diskMb,
    intake.concurrency,
    logRetentionDays,
    ...zones.map(({ lifecycle }) => lifecycle.keepOldVersionsDays),
  ];
  for (const [index, size] of sizes(dev).entries()) expect(size).toBeLessThan(sizes(usual)[index] ?? 0);
});
