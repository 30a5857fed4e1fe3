import { rmSync } from "node:fs";
import { testFolder } from "./synthesis";

export default function teardown(): void {
  rmSync(testFolder(), { recursive: true, force: true });
}
