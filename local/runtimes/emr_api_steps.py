"""The calls of EMR that add, cancel and describe steps."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.emr.responses import ElasticMapReduceResponse

from local import patching
from local.refusals import NotEmulatedError
from local.runtimes.emr_calls import cluster_of, document, living, replace
from local.runtimes.emr_records import Cluster, Document, Step
from local.runtimes.emr_requests import check_steps, invalid_request

# Older steps are not listed any more.
_MOST_LISTED = 1000


def install() -> None:
    """Puts the calls in the place of moto's."""
    _install_additions()
    _install_descriptions()


def completed(step: Document, concurrency: int) -> Document:
    """A step with the action that EMR takes when none is named."""
    default = "CONTINUE" if concurrency > 1 else "TERMINATE_CLUSTER"
    return {**step, "ActionOnFailure": step.get("ActionOnFailure") or default}


def _install_additions() -> None:
    @replace("add_job_flow_steps")
    def add_job_flow_steps(self: ElasticMapReduceResponse) -> ActionResult:
        request = document(self)
        if request.get("ExecutionRoleArn"):
            raise NotEmulatedError("runtime roles of steps")
        cluster = living(cluster_of(self, "JobFlowId"))
        with cluster.changed:
            check_steps(request["Steps"], cluster.concurrency, len(cluster.active()))
            steps = [Step(completed(step, cluster.concurrency)) for step in request["Steps"]]
            cluster.steps += steps
            cluster.changed.notify_all()
        return ActionResult({"StepIds": [step.id for step in steps]})

    @patching.add_method(ElasticMapReduceResponse, "cancel_steps")
    def cancel_steps(self: ElasticMapReduceResponse) -> ActionResult:
        """CancelSteps: moto lacks it."""
        cluster = cluster_of(self)
        with cluster.changed:
            known = {step.id: step for step in cluster.steps}
            answers = [_cancel(step_id, known.get(step_id)) for step_id in document(self)["StepIds"]]
            cluster.changed.notify_all()
        return ActionResult({"CancelStepsInfoList": answers})


def _cancel(step_id: str, step: Step | None) -> Document:
    if step is None:
        raise invalid_request(f"Step id '{step_id}' is not valid.")
    if step.state == "PENDING":
        step.cancel("CANCELLED", "Cancelled by user")
    elif step.state == "RUNNING":
        step.cancel("CANCEL_PENDING", "Cancelled by user")
    else:
        return {"StepId": step_id, "Status": "FAILED", "Reason": f"The step is {step.state} and cannot be cancelled."}
    return {"StepId": step_id, "Status": "SUBMITTED"}


def _install_descriptions() -> None:
    @replace("describe_step")
    def describe_step(self: ElasticMapReduceResponse) -> ActionResult:
        cluster, step_id = cluster_of(self), document(self).get("StepId")
        with cluster.changed:
            found = next((step for step in cluster.steps if step.id == step_id), None)
            if found is None:
                raise invalid_request(f"Step id '{step_id}' is not valid.")
            return ActionResult({"Step": found.describe()})

    @replace("list_steps")
    def list_steps(self: ElasticMapReduceResponse) -> ActionResult:
        return PaginatedResult({"Steps": _listed(cluster_of(self), document(self))})


def _listed(cluster: Cluster, request: dict[str, Any]) -> list[Document]:
    states, ids = request.get("StepStates") or [], request.get("StepIds") or []
    if states and ids:
        raise invalid_request("Step states and step IDs cannot be named together.")
    with cluster.changed:
        return [
            step.describe()
            for step in cluster.steps[: -_MOST_LISTED - 1 : -1]
            if (not states or step.state in states) and (not ids or step.id in ids)
        ]
