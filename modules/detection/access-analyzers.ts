import { AccessanalyzerAnalyzer } from "@cdktf/provider-aws/lib/accessanalyzer-analyzer";
import { Construct } from "constructs";

export interface AccessAnalyzersProps {
  /** First part of the names of both analyzers. */
  readonly name: string;
  /** Days without use after which a right counts as unused. */
  readonly unusedAccessDays: number;
}

/** Who outside of the account can reach what is in it, and which of its rights nobody uses. */
export class AccessAnalyzers extends Construct {
  constructor(scope: Construct, id: string, { name, unusedAccessDays }: AccessAnalyzersProps) {
    super(scope, id);
    new AccessanalyzerAnalyzer(this, "external", { analyzerName: `${name}-external`, type: "ACCOUNT" });
    new AccessanalyzerAnalyzer(this, "unused", {
      analyzerName: `${name}-unused`,
      type: "ACCOUNT_UNUSED_ACCESS",
      configuration: { unusedAccess: { unusedAccessAge: unusedAccessDays } },
    });
  }
}
