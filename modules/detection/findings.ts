import type { Construct } from "constructs";
import type { AlarmTopic } from "../monitoring/alarm-topic";

/** Services whose findings people are told of. */
export type Finder = "accessAnalyzer" | "config" | "guardDuty" | "macie" | "securityHub";

interface FindingNews {
  readonly part: string;
  readonly description: string;
  readonly pattern: object;
  readonly values: Readonly<Record<string, string>>;
  readonly message: string;
}

/** GuardDuty calls 4 medium. */
const MEDIUM = 4;

/** What is told of each service's findings, and what is left to its console. */
const NEWS: Readonly<Record<Finder, FindingNews>> = {
  guardDuty: {
    part: "guardduty-findings",
    description: "Findings of GuardDuty from medium severity on",
    pattern: {
      source: ["aws.guardduty"],
      "detail-type": ["GuardDuty Finding"],
      detail: { severity: [{ numeric: [">=", MEDIUM] }] },
    },
    values: { account: "$.detail.accountId", title: "$.detail.title", severity: "$.detail.severity" },
    message:
      "GuardDuty, severity <severity>, account <account>: <title>. Open the finding in GuardDuty of the security account.",
  },
  securityHub: {
    part: "securityhub-findings",
    description: "New findings of Security Hub that are high or critical",
    pattern: {
      source: ["aws.securityhub"],
      "detail-type": ["Security Hub Findings - Imported"],
      detail: {
        findings: {
          // What GuardDuty and Macie find is told by their own rules.
          ProductName: [{ "anything-but": ["GuardDuty", "Macie"] }],
          RecordState: ["ACTIVE"],
          Severity: { Label: ["HIGH", "CRITICAL"] },
          Workflow: { Status: ["NEW"] },
        },
      },
    },
    values: {
      account: "$.detail.findings[0].AwsAccountId",
      title: "$.detail.findings[0].Title",
      severity: "$.detail.findings[0].Severity.Label",
    },
    message: "Security Hub, <severity>, account <account>: <title>. Resolve or suppress it in Security Hub.",
  },
  macie: {
    part: "macie-findings",
    description: "Findings of Macie from medium severity on",
    pattern: {
      source: ["aws.macie"],
      "detail-type": ["Macie Finding"],
      detail: { severity: { description: ["Medium", "High"] } },
    },
    values: { account: "$.detail.accountId", title: "$.detail.title", severity: "$.detail.severity.description" },
    message:
      "Macie, <severity>, account <account>: <title>. Is the contract of this dataset right? Then archive the finding.",
  },
  accessAnalyzer: {
    part: "access-findings",
    description: "Findings of Access Analyzer that are not archived",
    pattern: {
      source: ["aws.access-analyzer"],
      "detail-type": ["Access Analyzer Finding", "Unused Access Finding for IAM entities"],
      detail: { status: ["ACTIVE"] },
    },
    values: { account: "$.account", resource: "$.detail.resource" },
    message:
      "Access Analyzer, account <account>: <resource> can be used from outside, or has rights that nobody uses. Take them away, or archive the finding.",
  },
  config: {
    part: "config-findings",
    description: "Resources that break a rule of Config",
    pattern: {
      source: ["aws.config"],
      "detail-type": ["Config Rules Compliance Change"],
      detail: { newEvaluationResult: { complianceType: ["NON_COMPLIANT"] } },
    },
    values: {
      account: "$.account",
      rule: "$.detail.configRuleName",
      resource: "$.detail.resourceId",
    },
    message: "Config, account <account>: <resource> breaks <rule>.",
  },
};

/** Tells people of what the services find, as events of the account have it: an administrator's hold those of its members. */
export function tellOfFindings(
  scope: Construct,
  topic: AlarmTopic,
  finders: readonly Finder[],
  nameOf: (part: string) => string,
): void {
  for (const finder of finders) {
    const { part, ...news } = NEWS[finder];
    topic.tell(scope, part, { name: nameOf(part), runbook: "findings", ...news });
  }
}
