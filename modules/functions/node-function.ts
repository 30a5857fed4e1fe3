import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaLayerVersion } from "@cdktf/provider-aws/lib/lambda-layer-version";
import { Construct } from "constructs";
import type { Queue } from "../events/queue";
import { Role } from "../identity/role";
import { type Key, pascal } from "../keys/key";
import type { AlarmTopic } from "../monitoring/alarm-topic";
import type { Network } from "../network/network";
import { arnIn, type Place } from "../place";
import { acceptFinding } from "../policies/accepted-finding";
import { trustService } from "../policies/statement";
import type { Artifact, Artifacts } from "../storage/artifacts";

/** What all functions of a lake share. */
export interface FunctionEnvironment {
  readonly place: Place;
  /** Where functions run. @default outside of any network of ours */
  readonly network?: Network;
  readonly artifacts: Artifacts;
  /** Key of environment variables and logs. */
  readonly key: Key;
  readonly boundaryArn: string;
  readonly architecture: "x86_64" | "arm64";
  readonly logRetentionDays: number;
}

export interface NodeFunctionProps {
  readonly shared: FunctionEnvironment;
  /** Physical name of the function and its role. */
  readonly name: string;
  readonly description: string;
  /** The zip; its handler is `index.handler`. */
  readonly code: Artifact;
  /** Zip of a layer with native libraries. @default none */
  readonly layer?: Artifact;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly diskMb: number;
  /** How many run at once; AWS keeps so many for this function and gives it no more. */
  readonly concurrency: number;
  /** Who is told, with the event, when a call that nobody waits for failed for good. */
  readonly alarms: AlarmTopic;
}

/** The newest that AWS provider 5.100.0 knows. */
const RUNTIME = "nodejs22.x";

/** A Node.js function inside the network, if there is one, with its own role, encrypted logs, tracing and a bound on its concurrency. */
export class NodeFunction extends Construct {
  readonly role: Role;
  readonly arn: string;
  readonly name: string;
  private readonly lambda: LambdaFunction;
  private readonly concurrency: number;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const { shared } = props;
    this.concurrency = props.concurrency;
    this.role = new Role(this, "role", {
      name: props.name,
      description: `Function ${props.name}: ${props.description}`,
      trust: [trustService("lambda.amazonaws.com", shared.place.accountId)],
      boundaryArn: shared.boundaryArn,
    });
    props.alarms.grantPublish(this.role);
    const logGroup = `/aws/lambda/${props.name}`;
    const logs = new CloudwatchLogGroup(this, "logs", {
      name: logGroup,
      kmsKeyId: shared.key.arn,
      retentionInDays: shared.logRetentionDays,
    });
    this.allowRuntime(props, logGroup);
    this.lambda = new LambdaFunction(this, "function", {
      functionName: props.name,
      description: props.description,
      role: this.role.arn,
      runtime: RUNTIME,
      architectures: [shared.architecture],
      handler: "index.handler",
      ...shared.artifacts.add(`function-${id}`, `functions/${props.name}`, props.code),
      sourceCodeHash: base64Of(props.code.sha256),
      layers: props.layer ? [this.addLayer(props, props.layer)] : [],
      memorySize: props.memoryMb,
      timeout: props.timeoutSeconds,
      ephemeralStorage: { size: props.diskMb },
      reservedConcurrentExecutions: props.concurrency,
      environment: { variables: { ...props.environment } },
      kmsKeyArn: shared.key.arn,
      tracingConfig: { mode: "Active" },
      loggingConfig: { logFormat: "JSON", logGroup: logs.name, applicationLogLevel: "INFO", systemLogLevel: "WARN" },
      deadLetterConfig: { targetArn: props.alarms.arn },
      vpcConfig: shared.network && {
        subnetIds: shared.network.privateSubnetIds,
        securityGroupIds: [shared.network.functionsGroupId],
      },
      // Lambda checks the role's right to make network interfaces when the function is made.
      dependsOn: [this.role.policy],
    });
    acceptFinding(
      this.lambda,
      "CKV_AWS_272",
      "the deployer alone writes artifacts, and the function names its code by its hash: a signature would say the same of the same hands",
    );
    this.arn = this.lambda.arn;
    this.name = props.name;
  }

  /**
   * The function works off the queue; each message succeeds or comes back on its own.
   * @param batch `size`: messages of an invocation at most; `windowSeconds`: how long to wait for them (default: not at all)
   */
  consume(queue: Queue, batch: { readonly size: number; readonly windowSeconds?: number }): void {
    queue.grantConsume(this.role);
    new LambdaEventSourceMapping(this, `from-${queue.node.id}`, {
      functionName: this.lambda.arn,
      eventSourceArn: queue.arn,
      batchSize: batch.size,
      maximumBatchingWindowInSeconds: batch.windowSeconds,
      functionResponseTypes: ["ReportBatchItemFailures"],
      // Without this bound pollers take more messages than the function may run, and throttled receives count as failures.
      scalingConfig: { maximumConcurrency: this.concurrency },
      dependsOn: [this.role.policy],
    });
  }

  /** The role may call the function. */
  grantInvoke(role: Role): void {
    role.allow({ Sid: `Invoke${pascal(this.node.path)}`, Action: "lambda:InvokeFunction", Resource: this.arn });
  }

  private addLayer(props: NodeFunctionProps, layer: Artifact): string {
    return new LambdaLayerVersion(this, "layer", {
      layerName: `${props.name}-native`,
      description: `Native libraries of ${props.name}`,
      compatibleRuntimes: [RUNTIME],
      compatibleArchitectures: [props.shared.architecture],
      ...props.shared.artifacts.add(`layer-${this.node.id}`, `layers/${props.name}`, layer),
      sourceCodeHash: base64Of(layer.sha256),
    }).arn;
  }

  /** What Lambda itself does in the function's name: write logs and traces. */
  private allowRuntime({ shared, name }: NodeFunctionProps, logGroup: string): void {
    this.role.allow(
      {
        Sid: "WriteLogs",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `${arnIn(shared.place, "logs", `log-group:${logGroup}`)}:*`,
      },
      // Neither action knows resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
      { Sid: "WriteTraces", Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], Resource: "*" },
    );
    if (shared.network) this.allowJoining(shared.place, name);
    shared.key.grantUseVia(this.role, "lambda", ["kms:Decrypt"]);
  }

  /** Lambda makes the function's network interfaces in its name; its code cannot. */
  private allowJoining(place: Place, name: string): void {
    this.role.allow(
      {
        // Lambda asks for any of the account's: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        Sid: "JoinNetwork",
        Action: [
          "ec2:AssignPrivateIpAddresses",
          "ec2:CreateNetworkInterface",
          "ec2:DeleteNetworkInterface",
          "ec2:UnassignPrivateIpAddresses",
        ],
        Resource: ["network-interface", "security-group", "subnet"].map((kind) => arnIn(place, "ec2", `${kind}/*`)),
      },
      // Describing knows no resources. The function itself is kept from all of it below.
      { Sid: "SeeNetwork", Action: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], Resource: "*" },
    );
    this.role.deny({
      Sid: "CodeMakesNoInterfaces",
      Action: ["ec2:*"],
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": arnIn(place, "lambda", `function:${name}`) } },
    });
  }
}

function base64Of(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}
