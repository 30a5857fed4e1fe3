"""Gaps of moto's EMR."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.emr.responses import ElasticMapReduceResponse

from local import patching


def install() -> None:
    """Closes the gaps of EMR."""
    keep_block_public_access()


def keep_block_public_access() -> None:
    """Put and Get of BlockPublicAccessConfiguration: moto asks STS who calls, and can only switch it on."""

    @patching.replace_method(ElasticMapReduceResponse, "put_block_public_access_configuration", "self")
    def put(original: Any, self: ElasticMapReduceResponse) -> ActionResult:
        self.backend.block_public_access_configuration = self._get_params()["BlockPublicAccessConfiguration"]
        return EmptyResult()

    @patching.replace_method(ElasticMapReduceResponse, "get_block_public_access_configuration", "self")
    def get(original: Any, self: ElasticMapReduceResponse) -> ActionResult:
        found = self.backend.block_public_access_configuration or OF_A_NEW_ACCOUNT
        return ActionResult({"BlockPublicAccessConfiguration": found, "BlockPublicAccessConfigurationMetadata": {}})


# https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-block-public-access.html
OF_A_NEW_ACCOUNT = {
    "BlockPublicSecurityGroupRules": True,
    "PermittedPublicSecurityGroupRuleRanges": [{"MinRange": 22, "MaxRange": 22}],
}
