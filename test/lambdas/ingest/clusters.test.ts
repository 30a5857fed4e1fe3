import { DescribeClusterCommand, EMRClient, ListClustersCommand, TerminateJobFlowsCommand } from "@aws-sdk/client-emr";
import { clusterMark } from "../../../contracts/ingestion";
import { EmrClusters } from "../../../lambdas/ingest/clusters";

const prefix = "lake-prod-ingest-";
const mark = clusterMark(prefix);
const CreationDateTime = new Date("2026-01-01T00:00:00Z");
const tags: Record<string, { Key: string; Value: string }[]> = {
  "j-1": [
    { Key: "owner", Value: "x" },
    { Key: mark.key, Value: mark.value },
  ],
  "j-2": [{ Key: mark.key, Value: "lake-test-ingest-" }],
  "j-3": [{ Key: mark.key, Value: mark.value }],
  "j-4": [],
};
const names: Record<string, string> = {
  "j-1": `${prefix}one`,
  "j-2": `${prefix}two`,
  "j-3": "somebody's",
  "j-4": `${prefix}four`,
};

test("clusters are ours by their names and their tags, page by page, and only those that have not ended", async () => {
  const sent: object[] = [];
  const client = new EMRClient({ region: "eu-west-1" });
  jest.spyOn(client, "send").mockImplementation((async (command: object) => {
    sent.push(command);
    if (command instanceof ListClustersCommand) {
      const [page, Marker] = command.input.Marker ? [["j-3", "j-4"], undefined] : [["j-1", "j-2"], "more"];
      const Clusters = page.map((Id) => ({ Id, Name: names[Id], Status: { Timeline: { CreationDateTime } } }));
      return { Clusters, Marker };
    }
    if (command instanceof DescribeClusterCommand) return { Cluster: { Tags: tags[command.input.ClusterId ?? ""] } };
    return {};
  }) as never);
  const clusters = new EmrClusters(client, prefix);
  expect(await clusters.alive()).toEqual([{ id: "j-1", execution: "one", createdAt: CreationDateTime }]);
  expect((sent[0] as ListClustersCommand).input.ClusterStates).toEqual([
    "STARTING",
    "BOOTSTRAPPING",
    "RUNNING",
    "WAITING",
  ]);
  await clusters.terminate("j-1");
  expect(sent.at(-1)).toBeInstanceOf(TerminateJobFlowsCommand);
  expect((sent.at(-1) as TerminateJobFlowsCommand).input).toEqual({ JobFlowIds: ["j-1"] });
});
