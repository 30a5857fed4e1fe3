import { Construct } from "constructs";
import type { Role } from "../identity/role";
import type { Place } from "../place";
import { addStatement, type Statement } from "../policies/statement";
import { addKey, administration, type KeyProps, pascal, useBy } from "./key";

/** The one algorithm of a key of 256 bits. */
const ALGORITHM = "HMAC_SHA_256";

/**
 * A key that makes message authentication codes: with it values are masked so that equal ones stay equal. It never leaves
 * KMS. KMS rotates no keys of this kind, and a rotation by hand would end all joins with what was masked before.
 */
export class MacKey extends Construct {
  readonly arn: string;
  /** Name by which it is called, with `alias/`. */
  readonly alias: string;
  private readonly place: Place;
  private readonly statements: Statement[];

  constructor(scope: Construct, id: string, props: KeyProps) {
    super(scope, id);
    this.place = props.place;
    this.statements = [administration(props.place)];
    this.alias = `alias/${props.alias}`;
    const kind = { keyUsage: "GENERATE_VERIFY_MAC", customerMasterKeySpec: "HMAC_256" };
    this.arn = addKey(this, props, this.statements, kind).arn;
  }

  /** The role may make codes with the key. */
  grantMac(role: Role): void {
    const use = { Action: "kms:GenerateMac", Condition: { StringEquals: { "kms:MacAlgorithm": ALGORITHM } } };
    addStatement(this.statements, useBy(role, this.place, "Mask", use));
    role.allow({ Sid: `Mask${pascal(this.node.path)}`, Resource: this.arn, ...use });
  }
}
