"""The calls of EMR that have to do with clusters, in place of moto's, whose clusters are records that never change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from moto.core.responses import ActionResult, BaseResponse, EmptyResult, PaginatedResult
from moto.emr.responses import ElasticMapReduceResponse

from local import patching
from local.refusals import NotEmulatedError
from local.runtimes import emr_api_instances, emr_api_steps
from local.runtimes.emr_calls import cluster_of, clusters, document, install_call, living, replace
from local.runtimes.emr_records import ENDED_CLUSTERS, Cluster, Document, Ending, Step
from local.runtimes.emr_requests import check_cluster, check_concurrency, check_idle_timeout, invalid, invalid_request


class Runtime(Protocol):
    """What runs clusters."""

    def start(self, cluster: Cluster) -> None:
        """Lets a cluster live in the background."""


def install(runtime: Runtime) -> None:
    """Connects the runtime with moto's EMR."""
    _install_region()
    _install_starts(runtime)
    _install_descriptions()
    _install_ends()
    _install_changes()
    _install_policies()
    emr_api_steps.install()
    emr_api_instances.install()
    _refuse_the_rest()


def _install_region() -> None:
    @patching.replace_method(ElasticMapReduceResponse, "get_region_from_url", "self request full_url")
    def get_region_from_url(original: Any, self: ElasticMapReduceResponse, request: Any, full_url: str) -> str:
        """moto reads the region from the host's name, and takes us-east-1 where it is not in there."""
        return BaseResponse.get_region_from_url(self, request, full_url)


def _install_starts(runtime: Runtime) -> None:
    @replace("run_job_flow")
    def run_job_flow(self: ElasticMapReduceResponse) -> ActionResult:
        request = document(self)
        check_cluster(request, self.current_account, self.backend.security_configurations)
        instances = request["Instances"]
        cluster = Cluster(
            request=request,
            account=self.current_account,
            region=self.region,
            groups=emr_api_instances.groups_of(instances),
            fleets=emr_api_instances.fleets_of(instances),
            tags={tag["Key"]: tag.get("Value", "") for tag in request.get("Tags") or []},
        )
        cluster.steps = [
            Step(emr_api_steps.completed(step, cluster.concurrency)) for step in request.get("Steps") or []
        ]
        clusters(self)[cluster.id] = cluster
        runtime.start(cluster)
        return ActionResult({"JobFlowId": cluster.id, "ClusterArn": cluster.arn})


def _install_descriptions() -> None:
    @replace("describe_cluster")
    def describe_cluster(self: ElasticMapReduceResponse) -> ActionResult:
        cluster = cluster_of(self)
        with cluster.changed:
            return ActionResult({"Cluster": cluster.describe()})

    @replace("list_clusters")
    def list_clusters(self: ElasticMapReduceResponse) -> ActionResult:
        request = document(self)
        states = request.get("ClusterStates") or []
        after, before = request.get("CreatedAfter"), request.get("CreatedBefore")
        found = [
            cluster.summary()
            for cluster in sorted(clusters(self).values(), key=lambda cluster: cluster.created, reverse=True)
            if (not states or cluster.state in states)
            and (after is None or cluster.created.timestamp() > after)
            and (before is None or cluster.created.timestamp() < before)
        ]
        return PaginatedResult({"Clusters": found})


def _install_ends() -> None:
    @replace("terminate_job_flows")
    def terminate_job_flows(self: ElasticMapReduceResponse) -> ActionResult:
        found = _job_flows(self)
        protected = [cluster for cluster in found if cluster.instances.get("TerminationProtected")]
        for cluster in found:
            if cluster not in protected:
                cluster.end(Ending("USER_REQUEST", "Terminated by user request"))
        if any(not cluster.ending for cluster in protected):
            raise invalid("Could not shut down one or more job flows since they are termination protected.")
        return EmptyResult()


def _install_changes() -> None:
    def setting(operation: str, field: str, where: Callable[[Cluster], Document]) -> None:
        @install_call(operation)
        def change(self: ElasticMapReduceResponse) -> ActionResult:
            for cluster in _job_flows(self):
                with living(cluster).changed:
                    where(cluster)[field] = document(self)[field]
                    cluster.changed.notify_all()
            return EmptyResult()

    setting("set_termination_protection", "TerminationProtected", lambda cluster: cluster.instances)
    setting("set_keep_job_flow_alive_when_no_steps", "KeepJobFlowAliveWhenNoSteps", lambda cluster: cluster.instances)
    setting("set_visible_to_all_users", "VisibleToAllUsers", lambda cluster: cluster.request)
    setting("set_unhealthy_node_replacement", "UnhealthyNodeReplacement", lambda cluster: cluster.instances)

    @replace("modify_cluster")
    def modify_cluster(self: ElasticMapReduceResponse) -> ActionResult:
        level, cluster = document(self).get("StepConcurrencyLevel"), living(cluster_of(self))
        check_concurrency(level)
        with cluster.changed:
            cluster.request["StepConcurrencyLevel"] = level or cluster.concurrency
            cluster.changed.notify_all()
        return ActionResult({"StepConcurrencyLevel": cluster.concurrency})

    @replace("add_tags")
    def add_tags(self: ElasticMapReduceResponse) -> ActionResult:
        _taggable(self).tags.update({tag["Key"]: tag.get("Value", "") for tag in document(self)["Tags"]})
        return EmptyResult()

    @replace("remove_tags")
    def remove_tags(self: ElasticMapReduceResponse) -> ActionResult:
        cluster = _taggable(self)
        for key in document(self)["TagKeys"]:
            cluster.tags.pop(key, None)
        return EmptyResult()


def _install_policies() -> None:
    """Managed scaling and auto-termination: moto lacks the calls."""

    def policy(name: str, check: Callable[[Any], None]) -> None:
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

        @patching.add_method(ElasticMapReduceResponse, f"put_{snake}")
        def put(self: ElasticMapReduceResponse) -> ActionResult:
            given, cluster = document(self).get(name), living(cluster_of(self))
            check(given)
            _set(cluster, given)
            return EmptyResult()

        @patching.add_method(ElasticMapReduceResponse, f"get_{snake}")
        def get(self: ElasticMapReduceResponse) -> ActionResult:
            found = cluster_of(self).request.get(name)
            return ActionResult({name: found} if found else {})

        @patching.add_method(ElasticMapReduceResponse, f"remove_{snake}")
        def remove(self: ElasticMapReduceResponse) -> ActionResult:
            _set(living(cluster_of(self)), None)
            return EmptyResult()

        def _set(cluster: Cluster, given: Any) -> None:
            with cluster.changed:
                cluster.request[name] = given
                cluster.changed.notify_all()

    policy("ManagedScalingPolicy", lambda given: None)
    policy("AutoTerminationPolicy", check_idle_timeout)


def _job_flows(response: ElasticMapReduceResponse) -> list[Cluster]:
    ids = document(response).get("JobFlowIds") or []
    if not ids:
        raise invalid("The JobFlowId list cannot be empty")
    if any(cluster_id not in clusters(response) for cluster_id in ids) or len(set(ids)) < len(ids):
        raise invalid("Specified job flow ID does not exist.")
    return [clusters(response)[cluster_id] for cluster_id in ids]


def _taggable(response: ElasticMapReduceResponse) -> Cluster:
    cluster = cluster_of(response, "ResourceId")
    if cluster.state in ENDED_CLUSTERS:
        raise invalid_request("Tags cannot be modified on terminated clusters.")
    return cluster


def _refuse_the_rest() -> None:
    """What moto would do to clusters of its own."""
    for name in (
        "add_instance_groups",
        "describe_job_flows",
        "modify_instance_groups",
        "put_auto_scaling_policy",
        "remove_auto_scaling_policy",
    ):

        def refuse(self: ElasticMapReduceResponse, name: str = name) -> None:
            raise NotEmulatedError(f"EMR's {name.title().replace('_', '')}")

        replace(name)(refuse)
