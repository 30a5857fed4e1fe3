/** Clusters of EMR that executions have made. */
import {
  type ClusterState,
  type ClusterSummary,
  DescribeClusterCommand,
  type EMRClient,
  paginateListClusters,
  TerminateJobFlowsCommand,
} from "@aws-sdk/client-emr";
import { clusterMark } from "../../contracts/ingestion";
import type { Cluster, Clusters } from "./ports";

const alive: ClusterState[] = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"];

export class EmrClusters implements Clusters {
  constructor(
    private readonly client: EMRClient,
    /** First part of the names of ours, before the name of the execution. */
    private readonly prefix: string,
  ) {}

  /** Ours by name and by tag: neither alone proves whose a cluster is. */
  async alive(): Promise<readonly Cluster[]> {
    const found: Cluster[] = [];
    for await (const page of paginateListClusters({ client: this.client }, { ClusterStates: alive })) {
      for (const { Id: id, Name: name = "", Status } of page.Clusters ?? []) {
        if (id === undefined || !name.startsWith(this.prefix) || !(await this.#isMarked(id))) continue;
        found.push({ id, execution: name.slice(this.prefix.length), createdAt: createdAt(Status) });
      }
    }
    return found;
  }

  async terminate(id: string): Promise<void> {
    await this.client.send(new TerminateJobFlowsCommand({ JobFlowIds: [id] }));
  }

  async #isMarked(id: string): Promise<boolean> {
    const { Cluster: cluster } = await this.client.send(new DescribeClusterCommand({ ClusterId: id }));
    const mark = clusterMark(this.prefix);
    return cluster?.Tags?.some(({ Key, Value }) => Key === mark.key && Value === mark.value) ?? false;
  }
}

function createdAt(status: ClusterSummary["Status"]): Date {
  return status?.Timeline?.CreationDateTime ?? new Date();
}
