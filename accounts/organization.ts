import type { OrganizationSettings } from "./model/schema";

/** What all accounts share. The ids in this folder are examples: replace them with your own before you deploy to AWS. */
const organization: OrganizationSettings = {
  project: "lake",
  managementAccountId: "123456789012",
  operators: ["arn:aws:iam::123456789012:root"],
  externalId: "cdktf-data-lake",
  tags: { owner: "data-platform@example.com", "cost-centre": "data-platform" },
};

export default organization;
