import type { SecurityAccountSettings } from "./model/schema";

/** The audit account: it keeps the records of every other account where their administrators cannot reach them. */
const security: SecurityAccountSettings = {
  kind: "security",
  id: "222222222222",
  region: "eu-west-1",
};

export default security;
