import type { OrganizationSettings } from "./model/organization";

/** What all accounts share. The ids in this folder are examples: replace them with your own before you deploy to AWS. */
const organization: OrganizationSettings = {
  project: "lake",
  managementAccountId: "123456789012",
  operators: ["arn:aws:iam::123456789012:root"],
  externalId: "cdktf-data-lake",
  contacts: {
    security: { name: "Security Desk", title: "Security", email: "security@example.com", phone: "+44 20 7946 0001" },
    operations: {
      name: "Data Platform",
      title: "Operations",
      email: "data-platform@example.com",
      phone: "+44 20 7946 0002",
    },
    billing: { name: "Accounts Payable", title: "Billing", email: "billing@example.com", phone: "+44 20 7946 0003" },
  },
  tags: { owner: "data-platform@example.com", "cost-centre": "data-platform" },
};

export default organization;
