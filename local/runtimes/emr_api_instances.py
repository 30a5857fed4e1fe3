"""What EMR tells of a cluster's machines: as they were asked for, since there are none."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.emr.responses import ElasticMapReduceResponse

from local import patching
from local.runtimes.emr_calls import cluster_of, replace
from local.runtimes.emr_records import Cluster, Document, new_id
from local.runtimes.emr_requests import invalid_request

_STATES = {
    "STARTING": "PROVISIONING",
    "WAITING": "RUNNING",
    "TERMINATED_WITH_ERRORS": "TERMINATED",
}


def fleets_of(instances: Document) -> list[Document]:
    """The instance fleets that a request asks for."""
    return [
        {
            "Id": new_id("if"),
            "Name": fleet.get("Name") or fleet["InstanceFleetType"],
            "InstanceFleetType": fleet["InstanceFleetType"],
            "TargetOnDemandCapacity": fleet.get("TargetOnDemandCapacity") or 0,
            "TargetSpotCapacity": fleet.get("TargetSpotCapacity") or 0,
            "ProvisionedOnDemandCapacity": fleet.get("TargetOnDemandCapacity") or 0,
            "ProvisionedSpotCapacity": fleet.get("TargetSpotCapacity") or 0,
            "InstanceTypeSpecifications": [_type(config) for config in fleet.get("InstanceTypeConfigs") or []],
            **{name: fleet[name] for name in ("LaunchSpecifications", "ResizeSpecifications") if fleet.get(name)},
        }
        for fleet in instances.get("InstanceFleets") or []
    ]


def _type(config: Document) -> Document:
    disks = (config.get("EbsConfiguration") or {}).get("EbsBlockDeviceConfigs") or []
    described = {key: value for key, value in config.items() if key != "EbsConfiguration"}
    volumes = [{"VolumeSpecification": disk["VolumeSpecification"]} for disk in disks]
    return {"WeightedCapacity": 1, **described, **({"EbsBlockDevices": volumes} if volumes else {})}


def groups_of(instances: Document) -> list[Document]:
    """The instance groups that a request asks for."""
    wanted = instances.get("InstanceGroups") or []
    if instances.get("MasterInstanceType"):
        master = instances["MasterInstanceType"]
        wanted = [{"InstanceRole": "MASTER", "InstanceType": master, "InstanceCount": 1}]
        others = int(instances.get("InstanceCount") or 1) - 1
        if others:
            kind = instances.get("SlaveInstanceType") or master
            wanted.append({"InstanceRole": "CORE", "InstanceType": kind, "InstanceCount": others})
    return [
        {
            "Id": new_id("ig"),
            "Name": group.get("Name") or group["InstanceRole"],
            "Market": group.get("Market") or "ON_DEMAND",
            "InstanceGroupType": group["InstanceRole"],
            "InstanceType": group["InstanceType"],
            "RequestedInstanceCount": group["InstanceCount"],
            "RunningInstanceCount": group["InstanceCount"],
            "Configurations": group.get("Configurations") or [],
            "EbsBlockDevices": [],
        }
        for group in wanted
    ]


def install() -> None:
    """Puts the calls in the place of moto's."""

    @patching.add_method(ElasticMapReduceResponse, "list_instance_fleets")
    def list_instance_fleets(self: ElasticMapReduceResponse) -> ActionResult:
        """ListInstanceFleets: moto lacks it."""
        cluster = cluster_of(self)
        if not cluster.fleets:
            raise _other("ListInstanceFleets", "instance groups")
        return PaginatedResult({"InstanceFleets": [_with_status(cluster, fleet) for fleet in cluster.fleets]})

    @replace("list_instance_groups")
    def list_instance_groups(self: ElasticMapReduceResponse) -> ActionResult:
        cluster = cluster_of(self)
        if cluster.fleets:
            raise _other("ListInstanceGroups", "instance fleets")
        return PaginatedResult({"InstanceGroups": [_with_status(cluster, group) for group in cluster.groups]})

    @replace("list_instances")
    def list_instances(self: ElasticMapReduceResponse) -> ActionResult:
        cluster_of(self)
        return PaginatedResult({"Instances": []})

    @replace("list_bootstrap_actions")
    def list_bootstrap_actions(self: ElasticMapReduceResponse) -> ActionResult:
        cluster_of(self)
        return PaginatedResult({"BootstrapActions": []})


def _with_status(cluster: Cluster, instances: Document) -> Document:
    timeline: dict[str, Any] = {"CreationDateTime": cluster.created}
    state = _STATES.get(cluster.state, cluster.state)
    return {**instances, "Status": {"State": state, "StateChangeReason": {}, "Timeline": timeline}}


def _other(call: str, kind: str) -> Exception:
    return invalid_request(
        f"Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request uses "
        f"{kind}. The {call} operation does not support clusters that use {kind}."
    )
