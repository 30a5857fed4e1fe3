import type { Rule } from "../rule";
import { catalogRules } from "./catalog";
import { encryptionRules } from "./encryption";
import { networkRules } from "./network";
import { policyRules } from "./policies";
import { recordRules } from "./records";
import { removalRules } from "./removal";
import { storageRules } from "./storage";

/** Every rule, the gravest first. */
export const RULES: readonly Rule[] = [
  ...removalRules,
  ...storageRules,
  ...encryptionRules,
  ...recordRules,
  ...policyRules,
  ...catalogRules,
  ...networkRules,
];
