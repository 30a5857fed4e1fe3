import {
  backfillWindow,
  clusterIndex,
  historyKey,
  ingestedKey,
  ingestionKeys,
  ingestionTable,
  isMoment,
  momentOf,
  regularWindow,
  stagingPrefix,
  tableId,
  windowKey,
  windowVersion,
} from "../../contracts";

const id = tableId("freight/freight", "shipments");
const [start, stop] = ["2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"];
const dataset = { domain: "freight", dataset: "shipments" };

test("the layout that jobs, functions and people share does not change by accident", () => {
  expect({
    ...{ ingestionTable, clusterIndex, ingestionKeys },
    window: windowKey(id, regularWindow),
    backfill: windowKey(id, backfillWindow(start, stop)),
    history: historyKey(id, start, 7),
    version: windowVersion({ start, stop }),
    first: windowVersion({ stop }),
    // As glue/lake_spark/ingest/names.py computes it.
    file: ingestedKey(dataset, id, { kind: "regular", start, stop }, 3),
  }).toEqual({
    ingestionTable: "ingestion",
    clusterIndex: "by_cluster",
    ingestionKeys: {
      partition: "pk",
      sort: "sk",
      indexPartition: "cluster_id",
      indexSort: "started_at",
      expiry: "expires_at",
    },
    window: { pk: "state#freight/freight/shipments", sk: "window#regular" },
    backfill: { pk: "state#freight/freight/shipments", sk: `window#backfill#${start}~${stop}` },
    history: { pk: "history#freight/freight/shipments", sk: `${start}#7` },
    version: `${start}~${stop}`,
    first: `~${stop}`,
    file: "freight/shipments/ingest_date=2026-01-02/c2ebf4243c1f1fa96735549a495a876b-00003.parquet",
  });
});

test("each window has files of its own", () => {
  const key = (kind: "regular" | "backfill" | "full", from?: string, number = 0) =>
    ingestedKey(dataset, id, { kind, stop, ...(from === undefined ? {} : { start: from }) }, number);
  const keys = [key("regular"), key("regular", start), key("backfill", start), key("full"), key("full", undefined, 1)];
  expect(new Set(keys).size).toBe(keys.length);
});

test("staged files lie where Hadoop and S3 mean the same place", () => {
  expect(stagingPrefix("freight/freight", "Ship_ments2", 7)).toBe("_staging/freight/freight/Ship_ments2/7/");
  const odd = ["..", "a/b", "a%2Fb", "a b", "é", "a\n", "x-0"].map((name) => stagingPrefix("d/s", name, 1));
  expect(new Set(odd).size).toBe(odd.length);
  for (const prefix of odd) expect(prefix).toMatch(/^_staging\/d\/s\/x-[0-9a-f]{32}\/1\/$/);
});

test("moments are UTC with microseconds, and compare as times do", () => {
  expect(momentOf(new Date("2026-01-31T10:00:00.123Z"))).toBe("2026-01-31T10:00:00.123000Z");
  expect(["2026-01-31T10:00:00.123456Z", "2024-02-29T23:59:59.999999Z"].map(isMoment)).toEqual([true, true]);
  const none = [
    "2026-01-31T10:00:00Z",
    "2026-02-29T10:00:00.000000Z",
    "2026-01-31T24:00:00.000000Z",
    "",
    "2026-01-31T10:00:00.000000",
  ];
  expect(none.filter(isMoment)).toEqual([]);
});
