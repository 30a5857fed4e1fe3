"""Lets checkov's rules about rights read policies that are text, as stacks have them: without this they give up on each."""

import json

from checkov.common.models.enums import CheckResult
from checkov.terraform.checks.resource.base_cloudsplaining_resource_iam_check import (
    BaseTerraformCloudsplainingResourceIAMCheck as Rule,
)
from cloudsplaining.scan.policy_document import PolicyDocument

# Asks for a resource in each statement: `resourcesAreNamed` does, and knows which actions AWS takes without one.
ANSWERED = "CKV_AWS_355"

original = Rule.scan_resource_conf


def scan_resource_conf(self: Rule, conf: dict) -> CheckResult:
    # A boundary gives nobody a right.
    if self.id == ANSWERED or conf.get("is_limit"):
        return CheckResult.UNKNOWN
    return original(self, conf)


def convert_to_iam_policy(self: Rule, conf: dict) -> PolicyDocument:
    return PolicyDocument(json.loads(conf["policy"][0]))


Rule.scan_resource_conf = scan_resource_conf
Rule.convert_to_iam_policy = convert_to_iam_policy
