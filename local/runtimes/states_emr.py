"""How Step Functions calls EMR and EMR Serverless: actions of its own names, which it awaits with `.sync`.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html, .../connect-emr-serverless.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.utils import camel_to_snake_case

from local.runtimes.states_integration import Awaited, Client, Document, Integration, UnfitParametersError
from local.runtimes.states_values import service_model

_ENDED_CLUSTERS = frozenset({"TERMINATED", "TERMINATED_WITH_ERRORS"})
# The errors that EMR's SDK has classes for; Step Functions gives all others the name of the class above them.
_NAMED_BY_EMR = {"InternalServerError", "InternalServerException", "InvalidRequestException"}


def _create_cluster(emr: Client, parameters: Document) -> Document:
    if (parameters.get("Instances") or {}).get("KeepJobFlowAliveWhenNoSteps") is not True:
        raise UnfitParametersError("The field 'Instances.KeepJobFlowAliveWhenNoSteps' must have the value true.")
    if "Steps" in parameters:
        raise UnfitParametersError("The field 'Steps' is not supported by Step Functions")
    answer = emr.run_job_flow(**parameters)
    return {"ClusterId": answer["JobFlowId"], "ClusterArn": answer["ClusterArn"]}


def _add_step(emr: Client, parameters: Document) -> Document:
    answer = emr.add_job_flow_steps(
        **_renamed(parameters, ClusterId="JobFlowId", Step=None), Steps=[_needed(parameters, "Step")]
    )
    return {"StepId": answer["StepIds"][0]}


def _cancel_step(emr: Client, parameters: Document) -> Document:
    answer = emr.cancel_steps(**_renamed(parameters, StepId=None), StepIds=[_needed(parameters, "StepId")])
    return {"CancelStepsInfo": answer["CancelStepsInfoList"][0]}


def _of_cluster(operation: str) -> Callable[[Client, Document], Document]:
    """An action that EMR does to a list of clusters, and Step Functions to one."""

    def call(emr: Client, parameters: Document) -> Document:
        ids = [_needed(parameters, "ClusterId")]
        getattr(emr, operation)(**_renamed(parameters, ClusterId=None), JobFlowIds=ids)
        return {}

    return call


def _needed(parameters: Document, name: str) -> Any:
    if name not in parameters:
        raise UnfitParametersError(f"The field '{name}' is required but was missing")
    return parameters[name]


def _renamed(parameters: Document, **names: str | None) -> Document:
    kept = {names.get(key, key): value for key, value in parameters.items()}
    return {key: value for key, value in kept.items() if key is not None}


def _cluster(emr: Client, parameters: Document, answer: Document) -> tuple[str, Document]:
    cluster_id = answer.get("ClusterId") or parameters["ClusterId"]
    cluster = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    return cluster["Status"]["State"], {"ClusterId": cluster_id, "Cluster": cluster}


def _step(emr: Client, parameters: Document, answer: Document) -> tuple[str, Document]:
    step = emr.describe_step(ClusterId=parameters["ClusterId"], StepId=answer["StepId"])["Step"]
    return step["Status"]["State"], {"StepId": answer["StepId"], "Step": step}


EMR = Integration(
    title="EMR",
    sdk="emr",
    service="AmazonElasticMapReduce",
    error_of=lambda code: code if code in _NAMED_BY_EMR else "AmazonElasticMapReduceException",
    calls={
        "createCluster": _create_cluster,
        "addStep": _add_step,
        "cancelStep": _cancel_step,
        "terminateCluster": _of_cluster("terminate_job_flows"),
        "setClusterTerminationProtection": _of_cluster("set_termination_protection"),
    },
    awaited={
        "createCluster": Awaited(
            look=_cluster,
            cancel=lambda emr, parameters, answer: emr.terminate_job_flows(JobFlowIds=[answer["ClusterId"]]),
            ended=_ENDED_CLUSTERS | {"WAITING"},
            succeeded=frozenset({"WAITING"}),
        ),
        "addStep": Awaited(
            look=_step,
            cancel=lambda emr, parameters, answer: emr.cancel_steps(
                ClusterId=parameters["ClusterId"], StepIds=[answer["StepId"]]
            ),
            ended=frozenset({"COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED"}),
            succeeded=frozenset({"COMPLETED"}),
        ),
        # What ends with errors has ended as well.
        "terminateCluster": Awaited(
            look=_cluster,
            cancel=lambda emr, parameters, answer: None,
            ended=_ENDED_CLUSTERS,
            succeeded=_ENDED_CLUSTERS,
        ),
    },
)


def _serverless(operation: str) -> Callable[[Client, Document], Document]:
    def call(client: Client, parameters: Document) -> Document:
        answer = getattr(client, camel_to_snake_case(operation))(**parameters)
        answer.pop("ResponseMetadata", None)
        return answer

    return call


def _job_run(client: Client, parameters: Document, answer: Document) -> tuple[str, Document]:
    job_run = answer.get("JobRunId") or parameters["jobRunId"]
    found = client.get_job_run(applicationId=parameters["applicationId"], jobRunId=job_run)["jobRun"]
    return found["state"], _cased(found, "JobRun")


def _application(client: Client, parameters: Document, answer: Document) -> tuple[str, Document]:
    application = answer.get("ApplicationId") or parameters["applicationId"]
    found = client.get_application(applicationId=application)["application"]
    return found["state"], _cased(found, "Application")


def _cased(found: Document, shape: str) -> Document:
    """A document of EMR Serverless with the names that Step Functions gives its fields."""
    return _cased_value(found, service_model("emr-serverless").shape_for(shape))


def _cased_value(value: Any, shape: Any) -> Any:
    if shape.type_name == "structure":
        return {key[0].upper() + key[1:]: _cased_value(entry, shape.members[key]) for key, entry in value.items()}
    if shape.type_name == "list":
        return [_cased_value(entry, shape.member) for entry in value]
    return value


def _until(state: str) -> Awaited:
    """Awaits that an application is in the state."""
    others = frozenset({"TERMINATED"})
    return Awaited(
        look=_application,
        cancel=lambda client, parameters, answer: None,
        ended=others | {state},
        succeeded=frozenset({state}),
    )


EMR_SERVERLESS = Integration(
    title="EMRServerless",
    sdk="emr-serverless",
    service="EMRServerless",
    calls={
        name: _serverless(name)
        for name in (
            *("createApplication", "startApplication", "stopApplication", "deleteApplication"),
            *("startJobRun", "cancelJobRun"),
        )
    },
    awaited={
        "createApplication": _until("CREATED"),
        "startApplication": _until("STARTED"),
        "stopApplication": _until("STOPPED"),
        "deleteApplication": _until("TERMINATED"),
        "startJobRun": Awaited(
            look=_job_run,
            cancel=lambda client, parameters, answer: client.cancel_job_run(
                applicationId=parameters["applicationId"], jobRunId=answer["JobRunId"]
            ),
            ended=frozenset({"SUCCESS", "FAILED", "CANCELLED"}),
            succeeded=frozenset({"SUCCESS"}),
        ),
        "cancelJobRun": Awaited(
            look=_job_run,
            cancel=lambda client, parameters, answer: None,
            ended=frozenset({"SUCCESS", "FAILED", "CANCELLED"}),
            succeeded=frozenset({"CANCELLED"}),
        ),
    },
)
