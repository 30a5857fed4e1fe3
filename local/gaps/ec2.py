"""Gaps of moto's EC2: flow logs and the settings of an account."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidSecurityGroupRuleIdNotFoundError
from moto.ec2.models.flow_logs import FlowLogsBackend
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.ec2.responses import EC2Response
from moto.ec2.responses.dhcp_options import DHCPOptions
from moto.ec2.responses.flow_logs import FlowLogs

from local import patching


def install() -> None:
    """Closes the gaps of EC2."""
    send_flow_logs_below_a_prefix()
    keep_flow_log_destination_options()
    keep_descriptions_of_security_group_rules()
    tell_unknown_security_group_rules()
    tag_dhcp_options()
    delete_interfaces_of_nat_gateways()
    keep_default_ebs_key()
    keep_public_access_blocks()
    keep_instance_metadata_defaults()
    keep_vpc_block_public_access()


def send_flow_logs_below_a_prefix() -> None:
    """CreateFlowLogs: moto takes a bucket with a folder for the bucket's name."""

    @patching.replace_method(
        FlowLogsBackend,
        "create_flow_logs",
        "self resource_type resource_ids traffic_type deliver_logs_permission_arn log_destination_type"
        " log_destination log_group_name log_format max_aggregation_interval",
    )
    def create_flow_logs(original: Any, self: FlowLogsBackend, *, log_destination: str | None, **request: Any) -> Any:
        bucket = (log_destination or "").split("/")[0] or None
        created, failed = original(self, log_destination=bucket, **request)
        for flow_log in created:
            flow_log.log_destination = log_destination
        return created, failed


def keep_flow_log_destination_options() -> None:
    """CreateFlowLogs, DescribeFlowLogs: moto drops DestinationOptions."""

    @patching.replace_method(FlowLogs, "create_flow_logs", "self")
    def create_flow_logs(original: Any, self: FlowLogs) -> ActionResult:
        answer = original(self)
        options = self._get_param("DestinationOptions")
        if options:
            for flow_log_id in answer.result["FlowLogIds"]:
                self.ec2_backend.flow_logs[flow_log_id].destination_options = {
                    "FileFormat": options.get("FileFormat", "plain-text"),
                    "HiveCompatiblePartitions": options.get("HiveCompatiblePartitions", False),
                    "PerHourPartition": options.get("PerHourPartition", False),
                }
        return answer


def keep_descriptions_of_security_group_rules() -> None:
    """DescribeSecurityGroupRules: moto keeps descriptions of address ranges only."""

    @patching.replace_method(
        SecurityGroupRule,
        "__init__",
        "self ec2_backend ip_protocol group_id from_port to_port ip_range source_group prefix_list_id is_egress tags",
    )
    def init(original: Any, self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        sources = [*arguments[5:8], options.get("source_group"), options.get("prefix_list_id")]
        self.other_description = next((s["Description"] for s in sources if s and s.get("Description")), None)

    @patching.replace_property(SecurityGroupRule, "description")
    def description(original: Any, self: Any) -> str | None:
        return original(self) or self.other_description

    @patching.replace_method(SecurityGroup, "_flattened_rules", "self rules")
    def flattened_rules(original: Any, self: SecurityGroup, rules: list[Any]) -> list[Any]:
        described = {rule.prefix_list_id: rule.other_description for rule in rules if rule.prefix_list_id}
        views = original(self, rules)
        for prefix_list in (prefix_list for view in views for prefix_list in view.prefix_list_ids):
            if described.get(prefix_list["PrefixListId"]):
                prefix_list["Description"] = described[prefix_list["PrefixListId"]]
        return views


def tell_unknown_security_group_rules() -> None:
    """RevokeSecurityGroupIngress and -Egress: for an id that is gone, moto names a permission instead of the rule.

    Terraform takes the right answer for what it is, when it sends the request a second time after a lost connection.
    """

    for direction in ("ingress", "egress"):

        @patching.replace_method(
            SecurityGroupBackend,
            f"revoke_security_group_{direction}",
            "self group_name_or_id ip_protocol from_port to_port ip_ranges source_groups prefix_list_ids"
            " security_rule_ids vpc_id",
        )
        def revoke(original: Any, self: Any, group_name_or_id: str, **request: Any) -> Any:
            group = self.get_security_group_by_name_or_id(group_name_or_id)
            known = {rule.id for rule in [*group.ingress_rules, *group.egress_rules]} if group else set()
            for rule_id in request.get("security_rule_ids") or []:
                if group and rule_id not in known:
                    raise InvalidSecurityGroupRuleIdNotFoundError(rule_id)
            return original(self, group_name_or_id, **request)


def tag_dhcp_options() -> None:
    """CreateDhcpOptions: moto drops the tags."""

    @patching.replace_method(DHCPOptions, "create_dhcp_options", "self")
    def create_dhcp_options(original: Any, self: DHCPOptions) -> ActionResult:
        answer = original(self)
        answer.result["DhcpOptions"].add_tags(self._parse_tag_specification().get("dhcp-options", {}))
        return answer


def delete_interfaces_of_nat_gateways() -> None:
    """DeleteNatGateway: moto leaves the gateway's network interface behind."""

    @patching.replace_method(NatGatewayBackend, "delete_nat_gateway", "self nat_gateway_id")
    def delete_nat_gateway(original: Any, self: Any, nat_gateway_id: str) -> Any:
        gateway = original(self, nat_gateway_id)
        self.enis.pop(gateway._eni.id, None)
        return gateway


def keep_default_ebs_key() -> None:
    """GetEbsDefaultKmsKeyId, ResetEbsDefaultKmsKeyId: moto has only the call that sets the key."""

    @patching.add_method(EC2Response, "get_ebs_default_kms_key_id")
    def get_key(self: EC2Response) -> ActionResult:
        return ActionResult({"KmsKeyId": self.ec2_backend.default_kms_key_id or "alias/aws/ebs"})

    @patching.add_method(EC2Response, "reset_ebs_default_kms_key_id")
    def reset_key(self: EC2Response) -> ActionResult:
        self.ec2_backend.default_kms_key_id = ""
        return get_key(self)


def keep_public_access_blocks() -> None:
    """Enable, Disable and Get of the public access blocks of snapshots and images: moto lacks them."""
    _keep_block("snapshot", "snapshot_block_public_access", "get_snapshot_block_public_access_state", "State")
    _keep_block(
        "image",
        "image_block_public_access",
        "get_image_block_public_access_state",
        "ImageBlockPublicAccessState",
    )


def _keep_block(setting: str, subject: str, getter: str, field: str) -> None:
    @patching.add_method(EC2Response, f"enable_{subject}")
    def enable(self: EC2Response) -> ActionResult:
        account_settings(self)[setting] = self._get_param(field)
        return ActionResult({field: account_settings(self)[setting]})

    @patching.add_method(EC2Response, f"disable_{subject}")
    def disable(self: EC2Response) -> ActionResult:
        account_settings(self).pop(setting, None)
        return ActionResult({field: "unblocked"})

    @patching.add_method(EC2Response, getter)
    def get(self: EC2Response) -> ActionResult:
        return ActionResult({field: account_settings(self).get(setting, "unblocked"), "ManagedBy": "account"})


def keep_instance_metadata_defaults() -> None:
    """ModifyInstanceMetadataDefaults, GetInstanceMetadataDefaults: moto lacks them."""
    names = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags")

    @patching.add_method(EC2Response, "modify_instance_metadata_defaults")
    def modify(self: EC2Response) -> ActionResult:
        defaults = account_settings(self).setdefault("metadata", {})
        for name in names:
            value = self._get_param(name)
            if value in ("no-preference", -1):
                defaults.pop(name, None)
            elif value is not None:
                defaults[name] = value
        return ActionResult({"Return": True})

    @patching.add_method(EC2Response, "get_instance_metadata_defaults")
    def get(self: EC2Response) -> ActionResult:
        return ActionResult({"AccountLevel": account_settings(self).get("metadata", {})})


def keep_vpc_block_public_access() -> None:
    """ModifyVpcBlockPublicAccessOptions, DescribeVpcBlockPublicAccessOptions: moto lacks them."""

    @patching.add_method(EC2Response, "modify_vpc_block_public_access_options")
    def modify(self: EC2Response) -> ActionResult:
        mode = self._get_param("InternetGatewayBlockMode")
        account_settings(self)["vpc_block_public_access"] = "" if mode == "off" else mode
        return describe(self)

    @patching.add_method(EC2Response, "describe_vpc_block_public_access_options")
    def describe(self: EC2Response) -> ActionResult:
        mode = account_settings(self).get("vpc_block_public_access")
        options = {
            "AwsAccountId": self.current_account,
            "AwsRegion": self.region,
            "State": "default-state" if mode is None else "update-complete",
            "InternetGatewayBlockMode": mode or "off",
            "ManagedBy": "account",
            "ExclusionsAllowed": "allowed",
        }
        return ActionResult({"VpcBlockPublicAccessOptions": options})


def account_settings(response: EC2Response) -> dict[str, Any]:
    """The EC2 settings of an account in a region that differ from AWS's defaults."""
    backend = response.ec2_backend
    if not hasattr(backend, "account_settings"):
        backend.account_settings = {}
    return backend.account_settings
