import { Construct } from "constructs";
import { clearDatabase, leastUnmasked, type Persona, personas } from "../../contracts";
import { landing as undeclared } from "../../contracts/layout";
import { ARRIVALS_CLEARANCE } from "../../contracts/people";
import { sandboxOwners } from "../../contracts/sandbox";
import type { LandingCrawler } from "../catalog/landing-crawler";
import { grantDescribeTables, hideDatabases } from "../catalog/table-grants";
import type { LoadJob } from "../database/load-job";
import type { Ingestion } from "../ingestion/ingestion";
import type { Ledger } from "../intake/ledger";
import { type Key, pascal } from "../keys/key";
import type { Pipelines } from "../pipelines/pipelines";
import { roleArnIn } from "../place";
import { trustPrincipals } from "../policies/statement";
import type { Analytics } from "../query/analytics";
import type { Bucket } from "../storage/bucket";
import { WRITE_KEY_ACTIONS } from "../storage/bucket-grants";
import type { Zone } from "../storage/zone";
import { classifyByClearance, readByClearance, writeByClearance } from "./clearance";
import { type EntrancesProps, entrances } from "./entrances";
import { peopleRules } from "./people-rules";
import { Role } from "./role";
import type { Sandbox } from "./sandbox";

export interface LakeUsersProps extends EntrancesProps {
  /** Role of machines that bring files. */
  readonly producerName: string;
  /** Physical name of the role of a persona. */
  readonly nameOf: (persona: Persona) => string;
  readonly boundaryArn: string;
  readonly zones: {
    /** Where files are put. */
    readonly arrivals: Zone;
    /** Where marts are, and experiments beside them. @default there is no such zone */
    readonly marts?: Zone;
    readonly all: readonly Zone[];
  };
  readonly quarantine: Bucket;
  readonly ledger: Ledger;
  readonly catalog: {
    readonly key: Key;
    /** Patterns of the names of all databases of the lake. */
    readonly databases: readonly string[];
  };
  /** @default there is nothing to ask */
  readonly analytics?: Analytics;
  /** Where those who ask try things out. @default nowhere */
  readonly sandbox?: Sandbox;
  /** What looks after files that no contract declares, and where they are asked about. @default there are none */
  readonly landing?: { readonly crawler: LandingCrawler; readonly analytics: Analytics };
  /** @default nothing runs */
  readonly pipelines?: Pipelines;
  /** @default no databases are read */
  readonly ingestion?: Ingestion;
  /** The job that fills the account's own database. @default there is none */
  readonly loads?: LoadJob;
}

/** Prefix of the zone of marts below which scientists write. */
const EXPERIMENTS = "experiments/";

/** Databases of which nobody sees anything with less than that clearance. */
const GUARDED = [
  [clearDatabase("*"), leastUnmasked],
  [undeclared, "secret"],
] as const;

/** Who works with the lake: machines that bring files, and people by what their job is. */
export class LakeUsers extends Construct {
  /** Roles of those who ask tables and marts. */
  readonly asking: Role[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: LakeUsersProps,
  ) {
    super(scope, id);
    this.ruleBuckets();
    this.addProducer();
    this.addSteward();
    this.addEngineer();
    const { analytics, sandbox } = props;
    if (analytics === undefined) return;
    const scientist = this.addScientist(analytics);
    const analyst = this.addPersona("data-analyst", "Asks tables and marts, as far as cleared for them");
    analytics.grantQuery(analyst);
    sandbox?.open([scientist, analyst]);
    this.asking.push(scientist, analyst);
  }

  /** Each bucket refuses by itself what people may not do, in case somebody's policy should allow it. */
  private ruleBuckets(): void {
    const { place, nameOf, zones, sandbox } = this.props;
    const arnOf = (persona: Persona) => roleArnIn(place, nameOf(persona));
    for (const bucket of this.buckets) {
      const classifiers: Persona[] = ["data-steward"];
      if (bucket === zones.arrivals.bucket) classifiers.push("data-engineer");
      if (bucket === zones.marts?.bucket) classifiers.push("data-scientist");
      const rules = peopleRules({
        bucketArn: bucket.arn,
        people: personas.map(arnOf),
        classifiers: classifiers.map(arnOf),
      });
      for (const rule of rules) bucket.allow(rule);
    }
    sandbox?.hold(personas.map(arnOf), sandboxOwners.map(arnOf));
  }

  private addProducer(): void {
    const { producerName, operators, externalId, boundaryArn, zones, ledger } = this.props;
    const producer = new Role(this, "producer", {
      name: producerName,
      description: "Machines that put files into the lake and see what became of them",
      trust: [trustPrincipals(operators, externalId)],
      boundaryArn,
    });
    zones.arrivals.bucket.grantWrite(producer);
    ledger.grantRead(producer);
  }

  /** Stewards say what data is and how sensitive. They see what it is called and read none of it. */
  private addSteward(): void {
    const { pipelines } = this.props;
    const steward = this.addPersona("data-steward", "Classifies and describes data, has sources read and jobs run");
    this.grantOperate(steward);
    pipelines?.grantUpkeep(steward);
    for (const bucket of this.buckets) bucket.grantList(steward);
    steward.allow(...classifyByClearance(this.objects), {
      Sid: "SeeTags",
      Action: ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
      Resource: this.objects,
    });
    const { place, catalog } = this.props;
    const tables = catalog.databases.map((database) => ({ database }));
    grantDescribeTables(steward, { place, key: catalog.key }, tables);
    for (const [database, least] of GUARDED) hideDatabases(steward, place, [database], least);
  }

  /**
   * Engineers keep the data flowing, and see all of it that they are cleared for. What arrives may have no tag, or one that
   * nobody has checked, and whoever writes there could give it one: so there, only those see anything who may see everything.
   */
  private addEngineer(): void {
    const { zones } = this.props;
    const engineer = this.addPersona(
      "data-engineer",
      "Brings files, runs jobs, and reads every zone as far as cleared",
    );
    this.grantOperate(engineer);
    for (const bucket of this.buckets) bucket.grantFind(engineer);
    const arrivals = `${zones.arrivals.bucket.arn}/*`;
    engineer.allow(
      ...readByClearance(
        "Zones",
        this.objects.filter((arn) => arn !== arrivals),
      ),
      ...readByClearance("Arrivals", [arrivals], ARRIVALS_CLEARANCE),
    );
    this.grantWrite(engineer, zones.arrivals.bucket, "");
  }

  /**
   * Scientists ask as analysts do, and write what they find beside the marts. Nobody has said yet how sensitive undeclared
   * files are: those of them who may see everything find out.
   */
  private addScientist(analytics: Analytics): Role {
    const { zones, landing } = this.props;
    const { marts } = zones;
    const scientist = this.addPersona("data-scientist", "Asks tables and marts, and writes experiments beside them");
    analytics.grantQuery(scientist);
    landing?.analytics.grantQuery(scientist);
    if (marts === undefined) return scientist;
    const { bucket } = marts;
    bucket.grantFind(scientist, EXPERIMENTS, [EXPERIMENTS]);
    scientist.allow(...readByClearance("Experiments", [`${bucket.arn}/${EXPERIMENTS}*`]));
    this.grantWrite(scientist, bucket, EXPERIMENTS);
    bucket.grantDelete(scientist, EXPERIMENTS);
    return scientist;
  }

  private addPersona(persona: Persona, description: string): Role {
    const { nameOf, boundaryArn } = this.props;
    const trust = entrances(persona, this.props);
    return new Role(this, persona, { name: nameOf(persona), description, trust, boundaryArn, merge: true });
  }

  /** What keeps the data flowing: runs, sources, crawls, what failed, and what is known of each file. */
  private grantOperate(role: Role): void {
    const { zones, ledger, landing, pipelines, ingestion, loads } = this.props;
    ledger.grantRead(role);
    pipelines?.grantOperate(role);
    ingestion?.grantOperate(role);
    loads?.grantStart(role);
    for (const zone of zones.all) zone.queue.grantRedrive(role);
    landing?.crawler.grantOperate(role);
  }

  private grantWrite(role: Role, bucket: Bucket, prefix: string): void {
    role.allow(...writeByClearance(pascal(`to-${prefix}`), [`${bucket.arn}/${prefix}*`]));
    bucket.key.grantUseVia(role, "s3", WRITE_KEY_ACTIONS);
  }

  /** Buckets with data: the zones and what they refused. */
  private get buckets(): readonly Bucket[] {
    const { zones, quarantine } = this.props;
    return [...zones.all.map(({ bucket }) => bucket), quarantine];
  }

  private get objects(): readonly string[] {
    return this.buckets.map(({ arn }) => `${arn}/*`);
  }
}
