import type { Caller } from "./policy";
import { type Call, type Host, Reachability } from "./reachability";
import type { Block, Resource, Stack } from "./stack";

/** A way that something can go in the network, or must not. */
export interface Flow {
  readonly name: string;
  /** Must it be open? */
  readonly wanted: boolean;
  /** What stands in its way: nothing when it is open. */
  readonly obstacles: readonly string[];
}

const FOREIGN = "999999999999";
/** Ports that an intruder or a leak would try. */
const TRIED_PORTS = [22, 80, 443, 3389, 5432, 8443, 9443, 50000];

/** IAM actions by the name of the endpoint, one that only reads and one that changes something, where they are of use here. */
const ASKED: Readonly<Record<string, string>> = {
  "ecr.api": "ecr:GetAuthorizationToken",
  "ecr.dkr": "ecr:BatchGetImage",
  "kinesis-firehose": "firehose:PutRecord",
  "kinesis-streams": "kinesis:PutRecord",
  monitoring: "cloudwatch:PutMetricData",
  "sync-states": "states:StartSyncExecution",
};

/** Services that look at no endpoint policy. */
const WITHOUT_POLICIES = ["inspector2"];

/** Every flow of the network of a lake: those that its parts need, and those that nobody may have. */
export function flowsOf(stack: Stack): Flow[] {
  return stack.resources("aws_vpc").length === 0 ? [] : new Flows(stack).all();
}

/** Names of the flows that are not as they have to be. */
export function wrongFlows(stack: Stack): string[] {
  return flowsOf(stack)
    .filter(({ wanted, obstacles }) => wanted !== (obstacles.length === 0))
    .map(({ name, wanted, obstacles }) =>
      wanted ? `${name} is not possible: ${obstacles[0]}` : `${name} is possible`,
    );
}

class Flows {
  private readonly ways: Reachability;
  private readonly found: Flow[] = [];
  private readonly hostsOf = new Map<string, Host[]>();
  private readonly account: string;
  private readonly region: string;
  private readonly role: Caller;

  constructor(private readonly stack: Stack) {
    this.ways = new Reachability(stack);
    const provider = stack.json.provider?.aws?.[0] as Block;
    this.account = String((provider.allowed_account_ids as string[])[0]);
    this.region = String(stack.only("aws_vpc_endpoint", "network_gateway-s3").block.service_name).split(".")[2] ?? "";
    this.role = { arn: `arn:aws:iam::${this.account}:role/any` };
  }

  all(): Flow[] {
    const callers = ["functions", "glue", "emr-primary", "emr-core"].filter((name) => this.group(name));
    for (const caller of callers) this.addCaller(caller);
    if (this.group("emr-core")) this.addSpark();
    if (this.group("databases")) this.addDatabases(callers);
    this.addOutside([...callers, "databases", "endpoints", "emr-service"].filter((name) => this.group(name)));
    return this.found;
  }

  /** What functions and jobs alike do, and must not. */
  private addCaller(name: string): void {
    const port = this.hosts("databases", "data").length > 0 ? this.databasePort() : undefined;
    const own = { caller: this.role, resource: "arn:aws:s3:::own/key", owner: this.account };
    for (const action of ["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
      this.s3(`${name} does ${action} with an own bucket`, true, name, { ...own, action });
    this.each(`${name} does dynamodb:UpdateItem with an own table`, true, name, (from) =>
      this.ways.toGateway(from, "dynamodb", { ...own, action: "dynamodb:UpdateItem", resource: "own" }),
    );
    for (const { endpoint, hasPolicy } of this.interfaces()) {
      const action = ASKED[endpoint] ?? `${endpoint}:Any`;
      this.each(`${name} does ${action}`, true, name, (from) =>
        this.ways.toInterface(from, endpoint, { ...own, action, resource: "own" }),
      );
      if (!hasPolicy) continue;
      this.each(`${name} does ${action} in a foreign account`, false, name, (from) =>
        this.ways.toInterface(from, endpoint, { ...own, action, resource: "foreign", owner: FOREIGN }),
      );
    }
    if (port !== undefined) this.between(`${name} asks a database`, true, name, this.hosts("databases", "data"), port);
    const foreign: Caller = { arn: `arn:aws:iam::${FOREIGN}:role/any` };
    for (const action of ["s3:GetObject", "s3:PutObject"]) {
      this.s3(`${name} does ${action} with a foreign bucket`, false, name, { ...own, action, owner: FOREIGN });
      this.s3(`${name} does ${action} with foreign credentials`, false, name, { ...own, action, caller: foreign });
    }
  }

  /** What EMR needs for a cluster, and nodes to be set up. */
  private addSpark(): void {
    const nodes = ["emr-primary", "emr-core"];
    for (const from of nodes) {
      for (const to of nodes) this.between(`${from} works with ${to}`, true, from, this.hosts(to, "private"), 8020);
      this.between(`EMR manages ${from}`, true, "emr-service", this.hosts(from, "private"), 8443);
      this.between(`${from} answers EMR`, true, from, this.hosts("emr-service", "private"), 9443);
      this.between(`${from} asks the endpoint of EMR`, true, from, this.hosts("emr-service", "private"), 443);
      this.aws(`${from} fetches Amazon Linux 2023`, from, `al2023-repos-${this.region}-de612dc2`);
      this.aws(`${from} fetches Amazon Linux 2 by HTTP`, from, `amazonlinux-2-repos-${this.region}`, 80);
      this.aws(`${from} fetches EMR`, from, `repo.${this.region}.emr.amazonaws.com`, 80);
      this.aws(`${from} fetches programs for steps`, from, `${this.region}.elasticmapreduce`);
      const [bucket, action] = [`arn:aws:s3:::al2023-repos-${this.region}-de612dc2/x`, "s3:PutObject"];
      const call = { caller: this.role, action, resource: bucket, owner: FOREIGN };
      this.s3(`${from} writes into a bucket of AWS`, false, from, call);
      this.between(`functions reach ${from}`, false, "functions", this.hosts(from, "private"), 8443);
    }
    this.aws("glue fetches its libraries", "glue", `aws-glue-jes-prod-${this.region}-assets`);
    this.between("glue works with glue", true, "glue", this.hosts("glue", "private"), 7077);
  }

  private addDatabases(callers: readonly string[]): void {
    const gateway = (name: string) =>
      this.stack.resources("aws_vpc_endpoint").find((endpoint) => endpoint.name.includes(`gateway-${name}`));
    const tables = (gateway("s3")?.block.route_table_ids ?? []) as string[];
    const asked = tables.some((table) => table.includes("routes-data"));
    const call = { caller: this.role, action: "s3:GetObject", resource: "arn:aws:s3:::own/key", owner: this.account };
    this.s3("databases read an own bucket", asked, "databases", call, "data");
    for (const port of TRIED_PORTS) {
      for (const caller of callers)
        this.between(
          `databases call ${caller} on ${port}`,
          false,
          "databases",
          this.hosts(caller, "private"),
          port,
          "data",
        );
      this.between(
        `databases call endpoints on ${port}`,
        false,
        "databases",
        this.hosts("endpoints", "private"),
        port,
        "data",
      );
    }
  }

  /** Nobody gets out unless targets are named, and nobody gets in. */
  private addOutside(groups: readonly string[]): void {
    const targets = this.stack.resources("aws_ec2_managed_prefix_list").length > 0;
    for (const name of groups) {
      const tiers = name === "databases" ? ["data", "private"] : ["private", "data", "public"];
      for (const tier of tiers.filter((one) => this.hosts(name, one).length > 0)) {
        for (const port of TRIED_PORTS) {
          // With targets, callers reach those of the internet and no others: a test of its own says which.
          if (!targets)
            this.each(
              `${name} in ${tier} calls the internet on ${port}`,
              false,
              name,
              (from) => this.ways.toInternet(from, port),
              tier,
            );
          this.each(
            `the internet calls ${name} in ${tier} on ${port}`,
            false,
            name,
            (to) => this.ways.fromInternet(to, port),
            tier,
          );
        }
      }
    }
  }

  private s3(name: string, wanted: boolean, from: string, call: Call, tier = "private", port = 443): void {
    this.each(name, wanted, from, (host) => this.ways.toGateway(host, "s3", call, port), tier);
  }

  /** Reads of AWS's own buckets: without credentials, as package managers do. */
  private aws(name: string, from: string, bucket: string, port = 443): void {
    const call: Call = {
      caller: "anonymous",
      action: "s3:GetObject",
      resource: `arn:aws:s3:::${bucket}/any`,
      owner: FOREIGN,
    };
    this.s3(name, true, from, call, "private", port);
  }

  private between(
    name: string,
    wanted: boolean,
    from: string,
    targets: readonly Host[],
    port: number,
    tier = "private",
  ) {
    for (const [index, target] of targets.entries()) {
      this.each(`${name} (${index + 1})`, wanted, from, (host) => this.ways.toHost(host, target, port), tier);
    }
  }

  /** The flow from each subnet of the tier: one that is wanted has to work in all, one that is not may work in none. */
  private each(
    name: string,
    wanted: boolean,
    group: string,
    obstacles: (host: Host) => string[],
    tier = "private",
  ): void {
    for (const host of this.hosts(group, tier)) {
      const zone = String(host.subnet.block.availability_zone).slice(-1);
      this.found.push({ name: `${name}, zone ${zone}`, wanted, obstacles: obstacles(host) });
    }
  }

  private hosts(name: string, tier: string): Host[] {
    const key = `${name} ${tier}`;
    const group = this.group(name);
    const subnets = group ? this.stack.resources("aws_subnet") : [];
    const hosts =
      this.hostsOf.get(key) ??
      subnets
        .filter((subnet) => subnet.name.startsWith(`network_${tier}-`))
        .map((subnet) => ({ subnet, groups: group ? [group] : [] }));
    this.hostsOf.set(key, hosts);
    return hosts;
  }

  private group(name: string): Resource | undefined {
    return this.stack.resources("aws_security_group").find((group) => group.name.startsWith(`network_${name}-group`));
  }

  private interfaces(): { endpoint: string; hasPolicy: boolean }[] {
    return this.stack
      .resources("aws_vpc_endpoint")
      .filter(({ block }) => block.vpc_endpoint_type === "Interface")
      .map(({ block }) => ({
        endpoint: String(block.service_name).split(".").slice(3).join("."),
        hasPolicy:
          block.policy !== undefined ||
          !WITHOUT_POLICIES.includes(String(block.service_name).split(".").slice(3).join(".")),
      }));
  }

  private databasePort(): number {
    const rule = this.stack
      .resources("aws_vpc_security_group_ingress_rule")
      .find(({ name }) => name.startsWith("network_databases-from-functions"));
    return Number(rule?.block.from_port ?? 5432);
  }
}
