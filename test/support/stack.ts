import { type Policy, type PolicyKind, parsePolicy } from "./policy";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** The content of a resource, provider or backend block. */
export type Block = Readonly<Record<string, Json>>;

export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly provider?: Readonly<Record<string, readonly Block[]>>;
  readonly terraform?: Block;
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
}

export interface Resource {
  readonly type: string;
  readonly name: string;
  /** `<type>.<name>`, as Terraform has it in its state. */
  readonly address: string;
  readonly block: Block;
}

/** Policies of a resource type: the attribute that holds it, and its kind. */
const POLICY_ATTRIBUTES: Readonly<Record<string, readonly [string, PolicyKind]>> = {
  aws_iam_group_policy: ["policy", "identity"],
  aws_iam_policy: ["policy", "identity"],
  aws_iam_role: ["assume_role_policy", "trust"],
  aws_iam_role_policy: ["policy", "identity"],
  aws_kms_key: ["policy", "resource"],
  aws_s3_bucket_policy: ["policy", "resource"],
  aws_sns_topic_policy: ["policy", "resource"],
  aws_sqs_queue: ["policy", "resource"],
  aws_vpc_endpoint: ["policy", "resource"],
};

/** A synthesized stack, with its references resolved as they would be after an apply. */
export class Stack {
  constructor(
    readonly name: string,
    readonly json: StackJson,
    private readonly parsed = new Map<Block, Policy>(),
  ) {}

  /** The stack with another block for one resource. Names and ARNs, to which others refer, have to stay as they are. */
  with({ type, name }: Resource, block: Block): Stack {
    const { resource = {} } = this.json;
    const changed = { ...resource, [type]: { ...resource[type], [name]: block } };
    return new Stack(this.name, { ...this.json, resource: changed }, this.parsed);
  }

  /** The stack without a resource, to which others may still refer. */
  without({ type, name }: Resource): Stack {
    const { resource = {} } = this.json;
    const { [name]: _, ...others } = resource[type] ?? {};
    return new Stack(this.name, { ...this.json, resource: { ...resource, [type]: others } }, this.parsed);
  }

  /** The stack with one more resource. */
  adding(type: string, name: string, block: Block): Stack {
    return this.with({ type, name, address: `${type}.${name}`, block }, block);
  }

  /** Resources of a type, or all of them, by address. */
  resources(type?: string): Resource[] {
    const types = Object.entries(this.json.resource ?? {}).filter(([name]) => type === undefined || name === type);
    return types.flatMap(([resourceType, byName]) =>
      Object.entries(byName).map(([name, block]) => ({
        type: resourceType,
        name,
        address: `${resourceType}.${name}`,
        block,
      })),
    );
  }

  /** The one resource of the type whose name starts so. */
  only(type: string, name = ""): Resource {
    const found = this.resources(type).filter((resource) => resource.name.startsWith(name));
    const [resource] = found;
    if (!resource || found.length > 1) {
      throw new Error(`${found.length} resources ${type}.${name}* in ${this.name}: ${found.map((one) => one.name)}`);
    }
    return resource;
  }

  /** The resource of the type that points at another one, e.g. the policy of a bucket. */
  pointingAt(type: string, attribute: string, target: Resource): Resource | undefined {
    return this.resources(type).find(({ block }) => String(block[attribute]).includes(`\${${target.address}.`));
  }

  /** The customer-managed policies that are attached to a role. */
  attachedTo(role: Resource): Resource[] {
    return this.resources("aws_iam_role_policy_attachment")
      .filter(({ block }) => String(block.role).includes(`\${${role.address}.`))
      .map(({ block }) =>
        this.resources("aws_iam_policy").find(({ address }) => String(block.policy_arn).includes(address)),
      )
      .filter((policy) => policy !== undefined);
  }

  /** All that the policies of a role say, in one. */
  rightsOf(role: Resource): Policy {
    const own = this.pointingAt("aws_iam_role_policy", "role", role);
    const policies = [...(own ? [own] : []), ...this.attachedTo(role)];
    if (policies.length === 0) throw new Error(`${role.address} has no policy`);
    return { Version: "2012-10-17", Statement: policies.flatMap((policy) => this.policyOf(policy).Statement) };
  }

  /** All policies of the stack. */
  policies(): { resource: Resource; kind: PolicyKind; policy: Policy }[] {
    return this.resources().flatMap((resource) => {
      const [attribute, kind] = POLICY_ATTRIBUTES[resource.type] ?? [];
      if (attribute === undefined || kind === undefined || resource.block[attribute] === undefined) return [];
      return [{ resource, kind, policy: this.policyOf(resource) }];
    });
  }

  /** The policy of a resource, with references resolved. */
  policyOf(resource: Resource): Policy {
    const known = this.parsed.get(resource.block);
    if (known) return known;
    const [attribute, kind] = POLICY_ATTRIBUTES[resource.type] ?? [];
    const json = attribute === undefined ? undefined : resource.block[attribute];
    if (typeof json !== "string" || kind === undefined) throw new Error(`${resource.address} has no policy`);
    const policy = parsePolicy(this.resolve(json), kind);
    this.parsed.set(resource.block, policy);
    return policy;
  }

  /** The text with the values that its references have after an apply. Unknown ones throw. */
  resolve(text: string): string {
    const resolved = text.replace(/(?<!\$)\$\{([^}]+)\}/g, (_, reference: string) => this.valueOf(reference));
    return resolved.replaceAll("$${", () => "${");
  }

  private valueOf(reference: string): string {
    const [, type = "", name = "", attribute = ""] = /^(?:data\.)?(\w+)\.([\w-]+)\.([\w.[\]]+)$/.exec(reference) ?? [];
    const block = (reference.startsWith("data.") ? this.json.data : this.json.resource)?.[type]?.[name];
    if (block === undefined) throw new Error(`${reference} is in no block of ${this.name}`);
    const literal = block[attribute];
    if (typeof literal === "string") return this.resolve(literal);
    const make = COMPUTED[`${type}.${attribute}`];
    if (!make) throw new Error(`the value of ${reference} is not known before an apply`);
    return make(this.placeOf(block), name, (key) => this.resolve(String(block[key])));
  }

  private placeOf(block: Block): Place {
    const alias = typeof block.provider === "string" ? block.provider.split(".")[1] : undefined;
    const provider = this.json.provider?.aws?.find((one) => one.alias === alias);
    const [account] = (provider?.allowed_account_ids ?? []) as string[];
    if (account === undefined) throw new Error(`no provider ${alias ?? ""} with an account in ${this.name}`);
    return { account, region: String(provider?.region) };
  }
}

interface Place {
  readonly account: string;
  readonly region: string;
}

type Computed = (place: Place, name: string, attribute: (key: string) => string) => string;

const regional =
  (service: string, prefix: string, key: string): Computed =>
  ({ account, region }, _, attribute) =>
    `arn:aws:${service}:${region}:${account}:${prefix}${attribute(key)}`;

/** Attributes that AWS gives to resources. */
const COMPUTED: Readonly<Record<string, Computed>> = {
  "aws_dynamodb_table.arn": regional("dynamodb", "table/", "name"),
  "aws_emrserverless_application.id": (_, name) => `00${name}`,
  "aws_iam_openid_connect_provider.arn": ({ account }, _, attribute) =>
    `arn:aws:iam::${account}:oidc-provider/${attribute("url").replace("https://", "")}`,
  "aws_iam_policy.arn": ({ account }, _, attribute) => `arn:aws:iam::${account}:policy/${attribute("name")}`,
  "aws_iam_role.arn": ({ account }, _, attribute) => `arn:aws:iam::${account}:role/${attribute("name")}`,
  "aws_kms_key.arn": ({ account, region }, name) => `arn:aws:kms:${region}:${account}:key/${name}`,
  "aws_rds_cluster.master_user_secret[0].secret_arn": ({ account, region }) =>
    `arn:aws:secretsmanager:${region}:${account}:secret:rds!cluster-0f3c-AbCdEf`,
  "aws_secretsmanager_secret.arn": (place, name, attribute) =>
    `${regional("secretsmanager", "secret:", "name")(place, name, attribute)}-AbCdEf`,
  "aws_security_group.id": (_, name) => `sg-${name}`,
  "aws_subnet.id": (_, name) => `subnet-${name}`,
  "aws_vpc.id": (_, name) => `vpc-${name}`,
  "aws_lambda_function.arn": regional("lambda", "function:", "function_name"),
  "aws_sns_topic.arn": regional("sns", "", "name"),
  "aws_sqs_queue.arn": regional("sqs", "", "name"),
};
