import { Construct } from "constructs";
import type { LandingCrawler } from "../catalog/landing-crawler";
import type { LoadJob } from "../database/load-job";
import type { Ingestion } from "../ingestion/ingestion";
import type { Ledger } from "../intake/ledger";
import type { Pipelines } from "../pipelines/pipelines";
import { trustPrincipals } from "../policies/statement";
import type { Analytics } from "../query/analytics";
import type { Bucket } from "../storage/bucket";
import type { Zone } from "../storage/zone";
import { Role } from "./role";

export interface LakeUsersProps {
  readonly producerName: string;
  readonly operatorName: string;
  /** Who may assume both roles. */
  readonly trusted: readonly string[];
  readonly externalId: string;
  readonly boundaryArn: string;
  /** Zone into which producers put files. */
  readonly arrivals: Zone;
  /** Zone into which files are loaded. */
  readonly loaded: Zone;
  readonly zones: readonly Zone[];
  readonly quarantine: Bucket;
  readonly ledger: Ledger;
  readonly analystName: string;
  readonly explorerName: string;
  /** @default there is nothing to ask */
  readonly analytics?: Analytics;
  /** What looks after files that no contract declares, and where they are asked about. @default there are none */
  readonly landing?: { readonly crawler: LandingCrawler; readonly analytics: Analytics };
  /** @default nothing runs */
  readonly pipelines?: Pipelines;
  /** @default no databases are read */
  readonly ingestion?: Ingestion;
  /** The job that fills the account's own database. @default there is none */
  readonly loads?: LoadJob;
}

/** The roles behind the `lake` command: one brings files, one looks after them. */
export class LakeUsers extends Construct {
  constructor(scope: Construct, id: string, props: LakeUsersProps) {
    super(scope, id);
    const shared = { trust: [trustPrincipals(props.trusted, props.externalId)], boundaryArn: props.boundaryArn };
    const producer = new Role(this, "producer", {
      ...shared,
      name: props.producerName,
      description: "Puts files into the lake and sees what became of them",
    });
    props.arrivals.bucket.grantWrite(producer);
    // An upload that was made already is not made again, and the ledger tells what became of it.
    props.arrivals.bucket.grantRead(producer);
    props.ledger.grantRead(producer);

    const operator = new Role(this, "operator", {
      ...shared,
      name: props.operatorName,
      description: "Watches the lake, reads quarantine and redrives what failed",
    });
    props.ledger.grantRead(operator);
    props.quarantine.grantRead(operator);
    props.loaded.bucket.grantRead(operator);
    props.pipelines?.grantOperate(operator);
    props.ingestion?.grantOperate(operator);
    props.loads?.grantStart(operator);
    for (const zone of props.zones) zone.queue.grantRedrive(operator);
    props.landing?.crawler.grantOperate(operator);
    if (props.landing !== undefined) {
      // Nobody has said yet how sensitive such files are, so analysts do not see them: this role is for who finds out.
      const explorer = new Role(this, "explorer", {
        ...shared,
        name: props.explorerName,
        description: "Asks about files that no contract declares, and about nothing else",
      });
      props.landing.analytics.grantQuery(explorer);
    }

    if (props.analytics === undefined) return;
    const analyst = new Role(this, "analyst", {
      ...shared,
      name: props.analystName,
      description: "Asks tables and marts, without what is masked",
    });
    props.analytics.grantQuery(analyst);
  }
}
