import type { Json, Stack } from "../support/stack";

/** Where everything is, stack by stack. */
export type AddressLedger = Readonly<Record<string, StackAddresses>>;

interface StackAddresses {
  /** Physical names of what holds data or is known to others by its name. */
  readonly names: Readonly<Record<string, string>>;
  readonly resources: readonly string[];
}

/** Attributes with the physical names of what cannot be made again under another one. */
const NAMES: Readonly<Record<string, string>> = {
  aws_cloudtrail: "name",
  aws_cloudwatch_log_group: "name",
  aws_dynamodb_table: "name",
  aws_iam_role: "name",
  aws_kms_alias: "name",
  aws_lambda_function: "function_name",
  aws_s3_bucket: "bucket",
  aws_sqs_queue: "name",
};

/** Follow from what domains say and hold nothing: they come and go with datasets, pipelines and queries. */
const FROM_CONTRACTS =
  /^aws_(glue_catalog_(database|table)\.|\w+\.(pipelines_(refine|curate)-jobs_|pipelines_schedules_curate-(?!sweep)|analytics_query-))/;

/** The ledger of the stacks; account ids stand in it by the names of the accounts. */
export function addressLedger(stacks: readonly Stack[], accountNames: ReadonlyMap<string, string>): AddressLedger {
  const plain = (value: Json | undefined) =>
    [...accountNames].reduce((text, [id, name]) => text.replaceAll(id, `<${name}>`), String(value));
  return Object.fromEntries(
    stacks.map((stack) => {
      const resources = stack.resources().sort((a, b) => (a.address < b.address ? -1 : 1));
      const named = resources.flatMap(({ type, address, block }) => {
        const attribute = NAMES[type];
        return attribute === undefined ? [] : [[address, plain(block[attribute])] as const];
      });
      return [stack.name, { names: Object.fromEntries(named), resources: resources.map(({ address }) => address) }];
    }),
  );
}

/** What would be deleted, made anew or left behind by an apply of the new stacks over the old ones. */
export function ledgerProblems(old: AddressLedger, now: AddressLedger, stacks: readonly Stack[]): string[] {
  const moves = new Map(
    stacks.flatMap(({ name, json }) => (json.moved ?? []).map(({ from, to }) => [`${name} ${from}`, to] as const)),
  );
  const gone = Object.entries(old).flatMap(([stack, { resources, names }]) =>
    resources.flatMap((address) => {
      const to = moves.get(`${stack} ${address}`) ?? address;
      if (now[stack] === undefined) return [];
      if (!now[stack].resources.includes(to)) {
        return FROM_CONTRACTS.test(address)
          ? []
          : [
              `${stack}: ${address} is gone, and an apply would delete it. Was it renamed? Then say so with moveFromId ("moved").`,
            ];
      }
      return now[stack].names[to] === names[address]
        ? []
        : [
            `${stack}: ${address} is named ${now[stack].names[to]} instead of ${names[address]}, and an apply would make it anew.`,
          ];
    }),
  );
  const lost = Object.keys(old)
    .filter((stack) => now[stack] === undefined)
    .map((stack) => `${stack}: the whole stack is gone. Destroy it before you take its account away.`);
  const unknown = Object.entries(now).flatMap(([stack, { resources }]) =>
    resources
      .filter((address) => !old[stack]?.resources.includes(address) && !FROM_CONTRACTS.test(address))
      .map((address) => `${stack}: ${address} is not in the ledger yet.`),
  );
  return [...lost, ...gone, ...unknown];
}
