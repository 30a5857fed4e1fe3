import type { Group, GroupOptions, Groups } from "./groups";

/** Security groups of what runs Spark. */
export interface SparkGroups {
  /** Glue jobs with a connection into the network. */
  readonly glue: Group;
  /** Primary node of an EMR cluster. */
  readonly primary: Group;
  /** Core and task nodes of an EMR cluster. */
  readonly core: Group;
  /** Network interface by which EMR manages a cluster in private subnets. */
  readonly service: Group;
}

const MANAGER_TO_NODES = 8443;
const NODES_TO_MANAGER = 9443;
/** From EMR 8 on, the manager is asked through an endpoint. */
const HTTPS = 443;

/** EMR as the groups' owner beside us, and why no resource of a stack is their member. */
const OF_CLUSTERS: GroupOptions = {
  sharedWith: "emr",
  membersUnseen: "machines of clusters are its members, which a state machine makes for one run",
};

/**
 * What EMR demands of its groups where nothing may go to the internet: nodes talk to each other by every protocol, EMR to
 * nodes on 8443 and nodes to EMR on 9443. Missing rules would be added by EMR, wider than these.
 * https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html
 */
export function addSparkGroups(groups: Groups): SparkGroups {
  const primary = groups.add("emr-primary", "EMR primary nodes: to the cluster and the endpoints", OF_CLUSTERS);
  const core = groups.add("emr-core", "EMR core and task nodes: to the cluster and the endpoints", OF_CLUSTERS);
  const service = groups.add("emr-service", "EMR itself, to manage clusters", OF_CLUSTERS);
  for (const [from, to] of [
    [primary, primary],
    [primary, core],
    [core, primary],
    [core, core],
  ] as const) {
    groups.connect(from, to, "all");
  }
  for (const nodes of [primary, core]) {
    groups.connect(service, nodes, MANAGER_TO_NODES);
    groups.connect(nodes, service, NODES_TO_MANAGER);
    groups.connect(nodes, service, HTTPS);
  }
  // Glue refuses a connection whose group is not open to itself on every TCP port:
  // https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
  const glue = groups.add("glue", "Glue jobs: to each other and the endpoints", {
    membersUnseen: "Glue makes a network interface for each run, by the connections that name the group",
  });
  groups.connect(glue, glue, "tcp");
  return { glue, primary, core, service };
}
