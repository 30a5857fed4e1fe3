// The lake's own intake on one file, without AWS: contract checks, Parquet, rejected rows with their reasons.
import { loadContracts } from "../../contracts";
import { loadFile } from "../../lambdas/intake/load-file";

const [file = "", outputDirectory = "", memoryLimitMb = "1024"] = process.argv.slice(2);
const contract = loadContracts(process.cwd()).find(({ id }) => id === "sales/order_items");
if (!contract) throw new Error("there is no contract sales/order_items");

loadFile({
  contract,
  file,
  outputDirectory,
  source: { bucket: "bench", key: "sales/order_items/bench.csv", loadedAt: new Date(0) },
  memoryLimitMb: Number(memoryLimitMb),
  threads: 2,
}).then(({ rowsIn, rowsOut, rowsQuarantined }) => console.error(JSON.stringify({ rowsIn, rowsOut, rowsQuarantined })));
