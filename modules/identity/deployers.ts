import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { Construct } from "constructs";
import { policyJson, trustPrincipals } from "../policies/statement";
import { boundaryStatements } from "./boundary";
import { type BuildServer, buildServerProvider, trustJobs } from "./build-server";
import { Deployer } from "./deployer";
import { RIGHTS } from "./rights";
import { type DeployerScope, deployStatements, planStatements } from "./rights/part";

export interface DeployersProps extends Omit<DeployerScope, "boundaryArn"> {
  readonly deployRole: string;
  readonly planRole: string;
  /** Name of the permissions boundary. */
  readonly boundary: string;
  /** Who may assume both roles. */
  readonly operators: readonly string[];
  readonly externalId: string;
  /** Build servers whose jobs may assume them. @default none */
  readonly buildServers?: readonly BuildServer[];
}

/** The roles by which Terraform enters an account, and the bound on every role that it makes there. */
export class Deployers extends Construct {
  readonly deployRoleArn: string;
  readonly planRoleArn: string;

  constructor(scope: Construct, id: string, props: DeployersProps) {
    super(scope, id);
    const boundaryArn = `arn:${props.place.partition}:iam::${props.place.accountId}:policy/${props.boundary}`;
    const bounded: DeployerScope = { ...props, boundaryArn };
    const boundary = new IamPolicy(this, "boundary", {
      name: props.boundary,
      description: "The most that any role of this account may ever do",
      policy: policyJson(boundaryStatements(bounded)),
    });
    const servers = (props.buildServers ?? []).map((server) => ({
      server,
      arn: buildServerProvider(this, server).arn,
    }));
    const operators = trustPrincipals(props.operators, props.externalId);
    const deploy = new Deployer(this, "deploy", {
      trust: [operators, ...servers.map(({ server, arn }) => trustJobs(server, arn, server.deployers))],
      boundaryArn: boundary.arn,
      name: props.deployRole,
      description: "Applies the stacks of this account",
      rights: new Map(RIGHTS.map((part) => [part.name, deployStatements(part, bounded)])),
    });
    const plan = new Deployer(this, "plan", {
      trust: [
        operators,
        ...servers.map(({ server, arn }) => trustJobs(server, arn, server.planners, server.plannersLike)),
      ],
      boundaryArn: boundary.arn,
      name: props.planRole,
      description: "Plans the stacks of this account and changes nothing",
      rights: new Map(RIGHTS.map((part) => [part.name, planStatements(part, bounded)])),
    });
    this.deployRoleArn = deploy.arn;
    this.planRoleArn = plan.arn;
  }
}
