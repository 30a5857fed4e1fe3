/** Which dataset a file belongs to, by its S3 key or its path on somebody's disk. */
import type { Contract, Contracts } from "./contract";
import { fileStem, normalizeName, withoutNumbers } from "./names";

/** The dataset of a file, or the reason why it cannot be told. */
export type Match =
  | { readonly contract: Contract; readonly reason?: undefined }
  | { readonly contract?: undefined; readonly reason: string };

/**
 * Finds the dataset of `sales/order_items/x.csv`, `Order Items/part-0.csv`, `olist_order_items_dataset.csv.gz` and the like.
 * Folders that name a domain and its dataset decide; then the file's own name; then the nearest folder. A domain among
 * the folders narrows the choice. A guess is never made: what fits two datasets fits none.
 */
export function matchDataset(contracts: Contracts, path: string): Match {
  const segments = path.split(/[/\\]/).filter((segment) => segment !== "" && segment !== ".");
  const folders = segments.slice(0, -1).map(normalizeName);
  const fileName = segments.at(-1);
  if (fileName === undefined) return { reason: "the path is empty" };

  const declared = byFolders(contracts, folders);
  if (declared !== undefined) return { contract: declared };

  const domains = new Set(contracts.map(({ domain }) => domain));
  const domain = folders.findLast((folder) => domains.has(folder));
  const eligible = domain === undefined ? contracts : contracts.filter((contract) => contract.domain === domain);
  const stem = fileStem(fileName);
  for (const name of [stem, withoutNumbers(stem), ...folders.toReversed()]) {
    const found = eligible.filter((contract) => knownNames(contract).includes(name));
    if (found.length > 1) {
      return { reason: `${path} fits ${found.map(({ id }) => id).join(" and ")}: put it below <domain>/<dataset>/` };
    }
    if (found[0] !== undefined) return { contract: found[0] };
  }
  const within = domain === undefined ? "" : ` of domain ${domain}`;
  return {
    reason: `${path} fits no dataset${within}: put it below <domain>/<dataset>/, or name it in a contract's files`,
  };
}

/** All names, normalized, that a dataset's files may have. */
export function knownNames(contract: Pick<Contract, "dataset" | "files">): string[] {
  return [...new Set([contract.dataset, ...contract.files.map(fileStem)])];
}

/** Where a file of a dataset has to be put in the drop zone; its name stays as it is. */
export function dropKey(domain: string, dataset: string, fileName: string): string {
  return `${domain}/${dataset}/${fileName}`;
}

function byFolders(contracts: Contracts, folders: readonly string[]): Contract | undefined {
  for (let i = folders.length - 2; i >= 0; i--) {
    const found = contracts.find(({ domain, dataset }) => domain === folders[i] && dataset === folders[i + 1]);
    if (found !== undefined) return found;
  }
  return undefined;
}
