import type { LakeAccountSettings } from "./model/schema";

/** The production lake. Everything not said here has its default: see `accounts/model/schema.ts`. */
const prod: LakeAccountSettings = {
  kind: "lake",
  id: "333333333333",
  region: "eu-west-1",
  network: { cidr: "10.20.0.0/16" },
  zones: [
    { name: "drop", lifecycle: { expireAfterDays: 90 } },
    { name: "raw", lifecycle: { transitions: [{ afterDays: 90, storageClass: "INTELLIGENT_TIERING" }] } },
    { name: "refined" },
    { name: "curated" },
  ],
  // Files without a contract have a place below landing/ of drop.
  landing: {},
};

export default prod;
