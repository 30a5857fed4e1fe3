"""What EMR refuses: at once, or by ending the cluster while it starts; and what is not emulated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from local.accounts import Accounts, find_role
from local.refusals import AccessDeniedError, NotEmulatedError, RefusalError
from local.runtimes.emr_records import Cluster, Document
from local.runtimes.glue_jobs_plan import UnsupportedJobError
from local.runtimes.role_clients import source_context
from local.runtimes.spark_submit import configured

# The releases that have Spark 3.5, the one of this machine.
_RELEASE = re.compile(r"emr-7\.\d+\.\d+")
_APPLICATIONS = {"hadoop", "spark", "amazoncloudwatchagent"}
_ACTIONS = ("TERMINATE_JOB_FLOW", "TERMINATE_CLUSTER", "CANCEL_AND_WAIT", "CONTINUE")
_ROLES = {"MASTER", "CORE", "TASK"}
_NOT_EMULATED = {
    "BootstrapActions": "bootstrap actions",
    "KerberosAttributes": "Kerberos",
    "StepExecutionRoleArn": "runtime roles of steps",
    "SupportedProducts": "applications other than Spark",
    "NewSupportedProducts": "applications other than Spark",
    "AmiVersion": "AMI versions: name a release label",
    "AutoScalingRole": "automatic scaling by rules: use managed scaling",
}
_IDLE_SECONDS = (60, 604800)


def invalid(message: str) -> RefusalError:
    """EMR's answer to a request that it cannot make sense of."""
    return RefusalError("ValidationException", message)


def invalid_request(message: str) -> RefusalError:
    """EMR's answer to a request that does not fit what there is."""
    return RefusalError("InvalidRequestException", message)


def check_cluster(request: Document, account: str, security_configurations: Iterable[str]) -> None:
    """Refuses what EMR refuses before it creates a cluster, and what is not emulated."""
    for name, what in _NOT_EMULATED.items():
        if request.get(name):
            raise NotEmulatedError(what)
    _check_release(request)
    if not request.get("ServiceRole"):
        raise invalid("ServiceRole is required for creating cluster.")
    if not request.get("JobFlowRole"):
        raise invalid("InstanceProfile is required for creating cluster.")
    if instance_role(account, request["JobFlowRole"]) is None:
        raise invalid(f"Invalid InstanceProfile: {request['JobFlowRole']}.")
    name = request.get("SecurityConfiguration")
    if name and name not in security_configurations:
        raise invalid_request(f"Security configuration with name '{name}' does not exist.")
    _check_instances(request.get("Instances") or {})
    check_concurrency(request.get("StepConcurrencyLevel"))
    check_idle_timeout(request.get("AutoTerminationPolicy"))
    check_steps(request.get("Steps") or [], int(request.get("StepConcurrencyLevel") or 1), active=0)
    try:
        configured(request.get("Configurations") or [])
    except UnsupportedJobError as error:
        raise NotEmulatedError(str(error)) from None


def _check_release(request: Document) -> None:
    label = request.get("ReleaseLabel")
    if not label:
        raise invalid("Must specify exactly one of the following: release label, AMI version, or Hadoop version.")
    if not re.fullmatch(r"emr-\d+\.\d+\.\d+", label):
        raise invalid(f"The supplied release label is invalid: {label}.")
    if not _RELEASE.fullmatch(label):
        raise NotEmulatedError(f"the release {label}: this machine has the Spark 3.5 of EMR 7")
    others = [
        entry["Name"] for entry in request.get("Applications") or [] if entry["Name"].lower() not in _APPLICATIONS
    ]
    if others:
        raise NotEmulatedError(f"the applications {', '.join(others)}: there is only Spark")


def _check_instances(instances: Document) -> None:
    ways = [bool(instances.get(name)) for name in ("InstanceFleets", "InstanceGroups", "MasterInstanceType")]
    if sum(ways) != 1:
        raise invalid(
            "Please configure instances using one and only one of the following: instance groups; instance fleets; "
            "instance count, master and slave instance type."
        )
    if instances.get("Ec2SubnetId") and instances.get("Ec2SubnetIds"):
        raise invalid("Ec2SubnetId and Ec2SubnetIds together are not allowed.")
    if len(instances.get("Ec2SubnetIds") or []) > 1 and not instances.get("InstanceFleets"):
        raise invalid(
            "Only one subnet may be specified for clusters configured with instance groups or instance count, master "
            "and slave instance type. Revise the configuration and resubmit."
        )
    if instances.get("InstanceFleets"):
        _check_fleets(instances["InstanceFleets"])
    elif instances.get("InstanceGroups"):
        roles = [group.get("InstanceRole") for group in instances["InstanceGroups"]]
        _check_masters(roles, "instance group")


def _check_fleets(fleets: list[Document]) -> None:
    _check_masters([fleet.get("InstanceFleetType") for fleet in fleets], "instance fleet")
    for fleet in fleets:
        on_demand, spot = fleet.get("TargetOnDemandCapacity") or 0, fleet.get("TargetSpotCapacity") or 0
        if fleet["InstanceFleetType"] == "MASTER" and on_demand + spot != 1:
            raise invalid(
                "A master instance fleet can only have a target capacity of 1. Revise the configuration and resubmit."
            )
        if on_demand + spot < 1:
            raise invalid(
                f"The instance fleet ({fleet.get('Name') or fleet['InstanceFleetType']}) should have a value of one or "
                "greater for either targetOnDemandCapacity or targetSpotCapacity."
            )


def _check_masters(roles: list[Any], what: str) -> None:
    if set(roles) - _ROLES:
        raise invalid(f"The type of an {what} must be MASTER, CORE or TASK.")
    if roles.count("MASTER") != 1:
        raise invalid(f"You must specify exactly one master {what}. Revise the configuration and resubmit.")
    if "TASK" in roles and "CORE" not in roles:
        raise invalid(f"Clusters with task {what}s must also define core {what}s.")


def check_concurrency(level: Any) -> None:
    """StepConcurrencyLevel."""
    if level is not None and not 1 <= int(level) <= 256:
        raise invalid("Invalid step concurrency level. Allowed level is from 1 to 256")


def check_idle_timeout(policy: Document | None) -> None:
    """AutoTerminationPolicy."""
    seconds = (policy or {}).get("IdleTimeout", _IDLE_SECONDS[0])
    if not _IDLE_SECONDS[0] <= seconds <= _IDLE_SECONDS[1]:
        raise invalid("The idle timeout of an auto-termination policy must be from 60 to 604800 seconds.")


def check_steps(steps: list[Document], concurrency: int, active: int) -> None:
    """Steps that are added to a cluster which may run so many at once and has so many already."""
    if len(steps) + active > 256:
        raise invalid(
            "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded."
        )
    for step in steps:
        if not step.get("Name") or not (step.get("HadoopJarStep") or {}).get("Jar"):
            raise invalid("A step needs a Name and a HadoopJarStep with a Jar.")
        action = step.get("ActionOnFailure")
        if action and (action not in _ACTIONS or (concurrency > 1 and action != "CONTINUE")):
            raise invalid(f"Action on failure '{action}' is invalid.")


def instance_role(account: str, profile: str) -> Any | None:
    """The role in an instance profile that is named by its name or its ARN; None where there is none."""
    name = profile.split("/")[-1] if profile.startswith("arn:") else profile
    profiles = iam_backends[account]["aws"].instance_profiles.values()
    found = next((known for known in profiles if known.name == name), None)
    return found.roles[0] if found and found.roles else None


def problem_of(cluster: Cluster, accounts: Accounts) -> str | None:
    """What EMR notices only while the cluster starts, in its words; None where it can run."""
    role = service_role(cluster.account, cluster.request["ServiceRole"])
    try:
        accounts.assume_for_service(role, "elasticmapreduce.amazonaws.com", "EMR", source_context(cluster.arn))
    except AccessDeniedError:
        return f"EMR service role {role} is invalid"
    return _problem_of_instance_role(cluster, accounts) or _problem_of_network(cluster)


def service_role(account: str, role: str) -> str:
    """The ARN of a role that is named by its name or its ARN."""
    if role.startswith("arn:"):
        return role
    found = next((known for known in iam_backends[account]["aws"].roles.values() if known.name == role), None)
    return found.arn if found else f"arn:aws:iam::{account}:role/{role}"


def _problem_of_instance_role(cluster: Cluster, accounts: Accounts) -> str | None:
    role = instance_role(cluster.account, cluster.request["JobFlowRole"])
    if role is None or find_role(role.arn) is None:
        return f"Invalid InstanceProfile: {cluster.request['JobFlowRole']}."
    try:
        accounts.assume_for_service(role.arn, "ec2.amazonaws.com", cluster.id, {})
    except AccessDeniedError:
        return f"The role {role.arn} of the instance profile does not trust ec2.amazonaws.com."
    return None


def _problem_of_network(cluster: Cluster) -> str | None:
    backend = ec2_backends[cluster.account][cluster.region]
    subnets = {subnet for zone in backend.subnets.values() for subnet in zone}
    groups = {group for in_vpc in backend.groups.values() for group in in_vpc}
    instances = cluster.instances
    for subnet in [*(instances.get("Ec2SubnetIds") or []), instances.get("Ec2SubnetId")]:
        if subnet and subnet not in subnets:
            return f"The subnet ID '{subnet}' does not exist"
    named = [instances.get(f"{name}SecurityGroup") for name in ("EmrManagedMaster", "EmrManagedSlave", "ServiceAccess")]
    for name in ("AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups"):
        named += instances.get(name) or []
    return next(
        (f"The security group '{group}' does not exist" for group in named if group and group not in groups), None
    )
