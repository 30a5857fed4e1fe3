import type { Construct } from "constructs";
import { INTERFACE_ENDPOINTS } from "../accounts/model/endpoints";
import { sourcesIn } from "../accounts/model/ingestion";
import { zoneOf } from "../accounts/model/layers";
import type { Accounts } from "../accounts/model/load";
import { Names, QUERY_WORKGROUP } from "../accounts/model/naming";
import type { LakeAccount } from "../accounts/model/schema";
import { subnetPlaces, type Tier } from "../accounts/model/subnets";
import { type Contract, landingPrefix, type Pipeline, type Query, type Source } from "../contracts";
import { Catalog } from "../modules/catalog/catalog";
import { contractDatabases } from "../modules/catalog/contract-tables";
import type { FunctionEnvironment } from "../modules/functions/node-function";
import { LakeUsers } from "../modules/identity/lake-users";
import { Intake } from "../modules/intake/intake";
import { Key } from "../modules/keys/key";
import { AlarmTopic } from "../modules/monitoring/alarm-topic";
import { Network } from "../modules/network/network";
import { DISPATCH_TIMEOUT_SECONDS } from "../modules/pipelines/layer";
import { databaseOf, databasePatterns, layerDatabases, openSources } from "../modules/pipelines/layout";
import { Pipelines, type PipelinesProps } from "../modules/pipelines/pipelines";
import { Analytics, type AnalyticsProps } from "../modules/query/analytics";
import type { SparkCode } from "../modules/spark/spark-environment";
import { type Artifact, Artifacts } from "../modules/storage/artifacts";
import { Zones } from "../modules/storage/zones";
import { AccountStack, accountProvider, deployRole, type StackContext, tagsOf } from "./account-stack";
import { addDatabase } from "./lake-database";
import { addDetection } from "./lake-detection";
import { addLakeFormation } from "./lake-formation";
import { addIngestion, lifecycleOf } from "./lake-ingestion";
import { addWatch } from "./lake-monitoring";
import { addRecords } from "./lake-records";
import { addSandbox } from "./lake-sandbox";
import { addLanding, landingDatabases } from "./landing";

/** What a lake is made of, besides its account file. */
export interface LakeParts {
  readonly accounts: Accounts;
  readonly contracts: readonly Contract[];
  readonly pipelines: readonly Pipeline[];
  readonly queries: readonly Query[];
  readonly sources: readonly Source[];
  /** Code of the functions and their layers, by name. */
  readonly artifacts: {
    readonly intake: Artifact;
    readonly dispatch: Artifact;
    readonly ingest: Artifact;
    readonly duckdbLayer: (architecture: LakeAccount["architecture"]) => Artifact;
    /** Whom jobs trust when a database proves its name. */
    readonly authorities: Artifact;
    readonly glue: SparkCode & { readonly script: (name: string) => Artifact };
  };
}

/** A commit to a masked table of Iceberg writes one such file: so one commit is one event. */
const COMMITS = { prefix: "masked/", suffix: ".metadata.json" };

/** One lake: files arrive in the first zone, and become rows, tables and marts in those that follow. */
export class LakeStack extends AccountStack {
  constructor(scope: Construct, context: StackContext, account: LakeAccount, parts: LakeParts) {
    const role = deployRole(context.organization, account);
    super(scope, account.name, context, account, role);
    accountProvider(this, "provider", context, account, role);
    const names = new Names(context.organization, account);
    const removable = context.isRemovable(account);
    const { boundaryArn } = names;

    const network = this.addNetwork(names, account, parts.accounts);
    const key = new Key(this, "operations-key", {
      place: names,
      alias: names.of("operations"),
      description: "Ledger, code, catalog, logs and alarms",
      removable,
    });
    key.allowDeployer(role.arn);
    key.allowPlanner(names.roleArn(names.planRole));
    key.allowLogs();
    const alarms = new AlarmTopic(this, "alarms", {
      place: names,
      name: names.of("alarms"),
      key,
      emails: account.alarmEmails,
      runbooks: context.organization.runbooks,
      limits: account.monitoring,
    });
    addWatch(this, names, account, parts, alarms);
    const audit = new Names(context.organization, parts.accounts.security);
    const { detection } = parts.accounts.security;
    addRecords(this, names, account, audit, { network, key, alarms, cisAlarms: detection.cisAlarms });
    const accessLogBucket = names.accessLogBucket;
    const artifacts = new Artifacts(this, "artifacts", {
      bucketName: names.bucket("artifacts"),
      key,
      accessLogBucket,
      removable,
    });
    const shared: FunctionEnvironment = {
      place: names,
      network,
      artifacts,
      key,
      boundaryArn,
      architecture: account.architecture,
      logRetentionDays: account.logRetentionDays,
    };
    const sources = sourcesIn(account, parts.sources);
    const zones = new Zones(this, "zones", {
      place: names,
      zones: account.zones.map((zone, index) => ({
        ...zone,
        lifecycle: lifecycleOf(zone, index, sources),
        physicalName: names.of(zone.name),
        bucketName: names.bucket(zone.name),
        arrivals: index === zoneOf.refine ? COMMITS : undefined,
        consumerTimeoutSeconds: index === 0 ? account.intake.timeoutSeconds : DISPATCH_TIMEOUT_SECONDS,
      })),
      alarms,
      accessLogBucket,
      streamTimeoutSeconds: account.intake.timeoutSeconds,
      extensionRoles: names.roleArn(names.extensionRole("*", "*")),
      removable,
    });
    const { first, second } = zones;
    const intake = new Intake(this, "intake", {
      shared,
      name: names.of("intake"),
      ledgerName: names.of("ledger"),
      quarantineBucketName: names.bucket("quarantine"),
      accessLogBucket,
      from: first,
      leftAlone: account.landing === false ? undefined : landingPrefix,
      to: second,
      key,
      alarms,
      code: parts.artifacts.intake,
      layer: parts.artifacts.duckdbLayer(account.architecture),
      ...account.intake,
      removable,
    });
    const { contracts } = parts;
    const sandbox = addSandbox(this, names, account, { accessLogBucket, alarms, removable });
    addDetection(this, names, detection, audit, { zones: zones.all, sandbox, contracts, alarms });
    const lakeFormation = addLakeFormation(this, names, account, parts);
    const catalog = new Catalog(this, "catalog", {
      key,
      after: lakeFormation && [lakeFormation.settings],
      databases: new Map([
        ...landingDatabases(account),
        ...contractDatabases(contracts, second.node.id, second.bucket.name),
        ...layerDatabases(
          zones.third ? contracts : [],
          zones.fourth ? parts.pipelines : [],
          zones.fourth ? parts.queries : [],
        ),
      ]),
    });
    lakeFormation?.tag(catalog);
    const pipelines = this.addPipelines(names, account, parts, { shared, zones, alarms, removable });
    const asked = { catalogKey: key, accessLogBucket, removable };
    const deployerArn = role.arn;
    const { database, loads } = addDatabase(this, account, parts, {
      names,
      shared,
      from: [
        { bucket: second.bucket, prefix: "" },
        // Files that are to be loaded and are no arrivals, such as samples.
        ...(account.landing === false ? [] : [{ bucket: first.bucket, prefix: landingPrefix }]),
      ],
      pipelines,
      alarms,
      deployerArn,
      removable,
    });
    const given = {
      shared,
      sources,
      managed: database,
      raw: second.bucket,
      spark: pipelines?.spark,
      alarms,
      removable,
    };
    const ingestion = addIngestion(this, names, account, parts, {
      ...given,
      tags: tagsOf(context.organization, account),
    });
    const users = new LakeUsers(this, "users", {
      place: names,
      producerName: names.of("producer"),
      nameOf: (persona) => names.personaRole(persona),
      operators: context.organization.operators,
      externalId: context.organization.externalId,
      singleSignOn: account.personas.singleSignOn,
      boundaryArn,
      zones: { arrivals: first, marts: zones.fourth, all: zones.all },
      quarantine: intake.quarantine,
      ledger: intake.ledger,
      catalog: { key, databases: databasePatterns(second.node.id) },
      pipelines,
      ingestion,
      loads,
      sandbox,
      landing:
        pipelines && addLanding(this, names, account, pipelines.spark, { ...asked, zone: first, catalog, alarms }),
      analytics: this.addAnalytics(names, account, parts, { ...asked, zones }),
    });
    for (const role of users.asking) lakeFormation?.grantAsk(role, catalog);
  }

  /** Jobs from the second zone on, if there is a third. */
  private addPipelines(
    names: Names,
    account: LakeAccount,
    { contracts, pipelines, artifacts }: LakeParts,
    { zones, ...others }: Pick<PipelinesProps, "shared" | "alarms" | "removable"> & { readonly zones: Zones },
  ): Pipelines | undefined {
    const { second: raw, third: refined, fourth: curated } = zones;
    if (refined === undefined) return undefined;
    const { maxAttempts, maintenanceHour, ...limits } = account.pipelines;
    return new Pipelines(this, "pipelines", {
      ...others,
      nameOf: (part) => names.of(part),
      contracts,
      pipelines,
      raw,
      refined,
      curated,
      code: { dispatch: artifacts.dispatch, spark: artifacts.glue, script: artifacts.glue.script },
      limits,
      maxAttempts,
      maintenanceHour,
    });
  }

  /** The way to ask tables and marts, if there are any. */
  private addAnalytics(
    names: Names,
    { queries: { scanLimitGb, keepResultsDays } }: LakeAccount,
    { pipelines, queries }: LakeParts,
    {
      zones,
      ...others
    }: { readonly zones: Zones } & Pick<AnalyticsProps, "catalogKey" | "accessLogBucket" | "removable">,
  ): Analytics | undefined {
    const { third: refined, fourth: curated } = zones;
    if (refined === undefined) return undefined;
    const marts = curated ? pipelines : [];
    return new Analytics(this, "analytics", {
      ...others,
      place: names,
      workgroupName: names.of(QUERY_WORKGROUP),
      byClearance: true,
      resultsBucketName: names.bucket("query-results"),
      keyAlias: names.of("query-results"),
      keepResultsDays,
      scanLimitGb,
      sources: openSources(refined.bucket, curated?.bucket),
      queries: curated ? queries.map((query) => ({ ...query, database: databaseOf(query, marts) })) : [],
    });
  }

  private addNetwork(
    names: Names,
    { network, region, database }: LakeAccount,
    accounts: Accounts,
  ): Network | undefined {
    if (network === false) return undefined;
    const { availabilityZones, publicSubnets, dataSubnets, interfaceEndpoints, ...settings } = network;
    const tiers = new Set<Tier>(["private"]);
    if (publicSubnets) tiers.add("public");
    if (dataSubnets) tiers.add("data");
    return new Network(this, "network", {
      place: names,
      name: names.of("network"),
      ...settings,
      subnets: subnetPlaces(network.cidr, availabilityZones, tiers).map(({ zone, ...place }) => ({
        ...place,
        availabilityZone: `${region}${zone}`,
      })),
      holdsDatabase: database !== false,
      interfaceEndpoints: interfaceEndpoints.flatMap((name) => {
        const service = INTERFACE_ENDPOINTS[name];
        return service ? [{ name, ...service }] : [];
      }),
      accountIds: accounts.all.map(({ id }) => id),
    });
  }
}
