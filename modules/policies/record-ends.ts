/**
 * Calls by which an account would end what is recorded of it, who watches it, or its part in what others watch: for
 * boundaries and for the organization's policy. Names as in
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const RECORD_ENDS: readonly string[] = [
  "access-analyzer:DeleteAnalyzer",
  "cloudtrail:DeleteTrail",
  "cloudtrail:StopLogging",
  "config:DeleteAggregationAuthorization",
  "config:DeleteConfigurationAggregator",
  "config:DeleteConfigurationRecorder",
  "config:DeleteDeliveryChannel",
  "config:DisassociateResourceTypes",
  "config:StopConfigurationRecorder",
  "ec2:DeleteFlowLogs",
  "guardduty:DeleteDetector",
  "guardduty:DeleteMembers",
  "guardduty:Disassociate*",
  "guardduty:StopMonitoringMembers",
  "logs:DeleteLogDelivery",
  "macie2:DeleteMember",
  "macie2:DisableMacie",
  "macie2:Disassociate*",
  "securityhub:DeleteMembers",
  "securityhub:DisableSecurityHub",
  "securityhub:Disassociate*",
];
