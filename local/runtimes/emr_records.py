"""Clusters and their steps, as they are and as EMR describes them."""

from __future__ import annotations

import secrets
import string
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.runtimes.glue_jobs_process import JobProcess

Document = dict[str, Any]

ACTIVE_STEPS = ("PENDING", "CANCEL_PENDING", "RUNNING")
ENDED_CLUSTERS = ("TERMINATED", "TERMINATED_WITH_ERRORS")


def new_id(prefix: str) -> str:
    """An id like those of EMR: `j-` a cluster's, `s-` a step's, `if-` an instance fleet's, `ig-` a group's."""
    return f"{prefix}-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(13))


def now() -> datetime:
    """The current moment."""
    return datetime.now(UTC)


@dataclass(eq=False)
class Step:
    """One step of a cluster."""

    request: Document
    id: str = field(default_factory=lambda: new_id("s"))
    state: str = "PENDING"
    message: str = ""
    failure: Document | None = None
    created: datetime = field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    process: JobProcess | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def action_on_failure(self) -> str:
        """What its failure does to the cluster."""
        return str(self.request["ActionOnFailure"])

    @property
    def words(self) -> list[str]:
        """The command line of the step."""
        return [str(word) for word in self.request["HadoopJarStep"].get("Args") or []]

    @property
    def jar(self) -> str:
        """The program that takes the command line."""
        return str(self.request["HadoopJarStep"].get("Jar", ""))

    def cancel(self, state: str = "CANCELLED", message: str = "") -> None:
        """Ends the step, whether it waits or runs; `state` is what it is from now on."""
        self.state, self.message = state, message
        if state != "CANCEL_PENDING":
            self.ended = now()
        self.cancelled.set()
        if self.process:
            self.process.stop()

    def describe(self) -> Document:
        """What DescribeStep answers."""
        jar_step = self.request["HadoopJarStep"]
        properties = {entry["Key"]: entry.get("Value", "") for entry in jar_step.get("Properties") or []}
        config = {"Jar": self.jar, "Args": self.words, "Properties": properties, "MainClass": jar_step.get("MainClass")}
        timeline = {"CreationDateTime": self.created, "StartDateTime": self.started, "EndDateTime": self.ended}
        reason = {"Message": self.message} if self.message else {}
        status = {"State": self.state, "StateChangeReason": reason, "Timeline": present(timeline)}
        return {
            "Id": self.id,
            "Name": self.request["Name"],
            "Config": present(config),
            "ActionOnFailure": self.action_on_failure,
            "Status": status | ({"FailureDetails": self.failure} if self.failure else {}),
        }


@dataclass(frozen=True)
class Ending:
    """Why a cluster ends."""

    code: str
    message: str
    with_errors: bool = False


@dataclass(eq=False)
class Cluster:
    """One cluster; `changed` guards all of it, and is notified when there is something to do."""

    request: Document
    account: str
    region: str
    groups: list[Document]
    fleets: list[Document]
    id: str = field(default_factory=lambda: new_id("j"))
    state: str = "STARTING"
    steps: list[Step] = field(default_factory=list)
    running: set[Step] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    ending: Ending | None = None
    waits_after: str = ""
    created: datetime = field(default_factory=now)
    ready: datetime | None = None
    ended: datetime | None = None
    idle_since: float = field(default_factory=time.monotonic)
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))

    @property
    def arn(self) -> str:
        """The cluster's ARN."""
        return f"arn:aws:elasticmapreduce:{self.region}:{self.account}:cluster/{self.id}"

    @property
    def instances(self) -> Document:
        """What the request says of instances, and of how long they stay."""
        return self.request["Instances"]

    @property
    def concurrency(self) -> int:
        """Most steps at once."""
        return int(self.request.get("StepConcurrencyLevel") or 1)

    @property
    def log_uri(self) -> str | None:
        """Where logs go, with a slash at its end."""
        uri = self.request.get("LogUri")
        return f"{uri.rstrip('/')}/" if uri else None

    def active(self) -> list[Step]:
        """The steps that have not ended."""
        return [step for step in self.steps if step.state in ACTIVE_STEPS]

    def end(self, ending: Ending) -> None:
        """Shuts the cluster down, unless that happens already; running steps end with it."""
        with self.changed:
            if self.ending:
                return
            self.ending, self.state = ending, "TERMINATING"
            for step in self.active():
                step.cancel("INTERRUPTED" if step.state == "RUNNING" else "CANCELLED", "Job terminated")
            self.changed.notify_all()

    def summary(self) -> Document:
        """What ListClusters answers."""
        timeline = {"CreationDateTime": self.created, "ReadyDateTime": self.ready, "EndDateTime": self.ended}
        if self.ending:
            reason = {"Code": self.ending.code, "Message": self.ending.message}
        else:
            reason = {"Message": self.waits_after} if self.state == "WAITING" else {}
        return {
            "Id": self.id,
            "Name": self.request["Name"],
            "Status": {"State": self.state, "StateChangeReason": reason, "Timeline": present(timeline)},
            "NormalizedInstanceHours": 0,
            "ClusterArn": self.arn,
        }

    def describe(self) -> Document:
        """What DescribeCluster answers."""
        instances, request = self.instances, self.request
        kept = {
            name: request.get(name)
            for name in (
                *("ServiceRole", "AutoScalingRole", "SecurityConfiguration", "ReleaseLabel", "CustomAmiId"),
                *("LogEncryptionKmsKeyId", "EbsRootVolumeSize", "EbsRootVolumeIops", "EbsRootVolumeThroughput"),
                *("OSReleaseLabel", "RepoUpgradeOnBoot", "KerberosAttributes"),
            )
        }
        subnets = instances.get("Ec2SubnetIds") or [instances["Ec2SubnetId"]] if _has_subnet(instances) else []
        attributes = {
            "Ec2SubnetId": subnets[0] if subnets else None,
            "RequestedEc2SubnetIds": subnets,
            "Ec2KeyName": instances.get("Ec2KeyName"),
            "IamInstanceProfile": request["JobFlowRole"],
            "RequestedEc2AvailabilityZones": [],
            **{
                name: instances.get(name)
                for name in (
                    *("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup"),
                    *("AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups"),
                )
            },
        }
        return {
            **self.summary(),
            **present(kept),
            "LogUri": self.log_uri,
            "Ec2InstanceAttributes": present(attributes),
            "InstanceCollectionType": "INSTANCE_FLEET" if self.fleets else "INSTANCE_GROUP",
            "AutoTerminate": not instances.get("KeepJobFlowAliveWhenNoSteps", False),
            "TerminationProtected": bool(instances.get("TerminationProtected", False)),
            "UnhealthyNodeReplacement": bool(instances.get("UnhealthyNodeReplacement", False)),
            "VisibleToAllUsers": bool(request.get("VisibleToAllUsers", True)),
            "Applications": request.get("Applications") or [],
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "Configurations": request.get("Configurations") or [],
            "ScaleDownBehavior": request.get("ScaleDownBehavior") or "TERMINATE_AT_TASK_COMPLETION",
            "StepConcurrencyLevel": self.concurrency,
            "PlacementGroups": request.get("PlacementGroupConfigs") or [],
        }


def _has_subnet(instances: Mapping[str, Any]) -> bool:
    return bool(instances.get("Ec2SubnetIds") or instances.get("Ec2SubnetId"))


def present(document: Document) -> Document:
    """Without what is not known."""
    return {key: value for key, value in document.items() if value is not None}
