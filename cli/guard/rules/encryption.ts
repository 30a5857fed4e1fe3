import { at, type Json } from "../../plan/plan-json";
import { changeText, type Rule, raised, type Setting, type Subject, turnedOff, UNKNOWN, weakened } from "../rule";

const ROTATION: readonly Setting[] = [
  { types: /^aws_kms_/, path: "enable_key_rotation", isWeaker: turnedOff },
  { types: /^aws_kms_/, path: "rotation_period_in_days", isWeaker: raised },
  {
    types: /^aws_secretsmanager_secret_rotation$/,
    path: "rotation_rules.0.automatically_after_days",
    isWeaker: raised,
  },
];

const DISABLED: readonly Setting[] = [
  { types: /^aws_kms_/, path: "is_enabled", isWeaker: turnedOff },
  { types: /^aws_kms_/, path: "enabled", isWeaker: turnedOff },
  { types: /^aws_ebs_encryption_by_default$/, path: "enabled", isWeaker: turnedOff },
];

/** Names of attributes that say whether and with which key something is encrypted, wherever they stand. */
const ENCRYPTING =
  /^(kms_\w*|\w*_kms_key_(id|arn)|sse_algorithm|sse_type|encrypted|storage_encrypted|encrypt_at_rest|\w*encryption\w*(enabled|mode|type)|transit_encryption_\w+)$/;
/** Not a matter of which key, though named like one. */
const TUNING = /^kms_data_key_reuse_period_seconds$/;

export const encryptionRules: readonly Rule[] = [
  {
    id: "rotation",
    refuses: "a key that is rotated less often, or never",
    why: "A key that was learned once opens everything that is written from then on.",
    how: "Take the change back: rotation costs nothing, and what is encrypted stays readable.",
    find: weakened(ROTATION),
  },
  {
    id: "encryption",
    refuses: "ending encryption, or another key",
    why: "New data is written open, or under a key whose policy lets others read it; old data stays as it is.",
    how: "Take the change back. To change a key, add the new one first and say here that it is meant.",
    find: (subject) => [...weakened(DISABLED)(subject), ...otherKeys(subject)],
  },
];

function otherKeys({ type, action, before, after, isUnknown }: Subject): string[] {
  const stays = action === "update" || action === "replace";
  if (!stays) return [];
  const alias = type === "aws_kms_alias" ? [["target_key_id", before.target_key_id] as const] : [];
  return [...alias, ...encrypting(before, "")].flatMap(([path, value]) => {
    if (value === undefined || value === null || value === "" || value === false) return [];
    if (isUnknown(path)) return [changeText(path, value, UNKNOWN)];
    const now = at(after, path);
    return now === value ? [] : [changeText(path, value, now)];
  });
}

/** Every value below that has to do with encryption, by its path. */
function encrypting(value: Json | undefined, path: string): (readonly [path: string, value: Json])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inside]: [string, Json]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const isScalar = typeof inside !== "object" || inside === null;
    if (!isScalar) return encrypting(inside, place);
    return ENCRYPTING.test(key) && !TUNING.test(key) ? [[place, inside] as const] : [];
  });
}
