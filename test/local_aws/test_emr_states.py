"""State machines that create clusters, run steps and job runs, and end what they began."""

import json

import pytest

from . import emr_clusters as emr
from .conftest import wait_until
from .emr_clusters import FAILS, OK, SLEEP, cluster, described, emr_server, program, reached, step
from .emr_serverless_runs import application, driver
from .jobs import role
from .machines import execute, finished, machine, result
from .test_glue_jobs import assert_silent, beating

ACTIONS = "arn:aws:states:::elasticmapreduce:"
SERVERLESS = "arn:aws:states:::emr-serverless:"
CAUGHT = [{"ErrorEquals": ["States.ALL"], "Next": "Tell"}]


@pytest.fixture(scope="module")
def emr_aws(tmp_path_factory):
    yield from emr_server(tmp_path_factory.mktemp("emr"))


def task(resource, parameters, **settings):
    ends = {} if "Next" in settings else {"End": True}
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **ends, **settings}


def told(aws, account, resource, parameters):
    """The error that a task ends in."""
    states = {"Do": task(resource, parameters, Catch=CAUGHT), "Tell": {"Type": "Pass", "End": True}}
    return result(aws, account, states)


def ingestion(creation):
    """Creates a cluster, loads several tables at once, and terminates the cluster whatever came of them."""
    load = task(
        f"{ACTIONS}addStep.sync",
        {
            "ClusterId.$": "$.cluster",
            "Step": {
                "Name.$": "$.table.name",
                "ActionOnFailure": "CONTINUE",
                "HadoopJarStep": {"Jar": "command-runner.jar", "Args.$": "$.arguments.all[*][*]"},
            },
        },
        ResultPath="$.done",
        TimeoutSeconds=60,
        Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
        Next="Succeeded",
    )
    each = {
        "StartAt": "Arguments",
        "States": {
            "Arguments": {
                "Type": "Pass",
                "Parameters": {"all.$": "States.Array($.before, $.table.words, $.after)"},
                "ResultPath": "$.arguments",
                "Next": "Load",
            },
            "Load": load,
            "Succeeded": {
                "Type": "Pass",
                "Parameters": {"step.$": "$.done.Step.Id", "outcome": "succeeded"},
                "End": True,
            },
            "Failed": {
                "Type": "Pass",
                "Parameters": {"cause.$": "States.StringToJson($.error.Cause)", "outcome": "failed"},
                "End": True,
            },
        },
    }
    return {
        "Create": task(
            f"{ACTIONS}createCluster.sync",
            creation,
            ResultPath="$.cluster",
            TimeoutSeconds=60,
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Over"}],
            Next="Tables",
        ),
        "Tables": {
            "Type": "Map",
            "ItemsPath": "$.tables",
            "ItemSelector": {
                "table.$": "$$.Map.Item.Value",
                "cluster.$": "$.cluster.ClusterId",
                "before": ["spark-submit", "--deploy-mode", "cluster"],
                "after.$": "States.Array('--cluster', $.cluster.ClusterId, '--execution', $$.Execution.Name)",
            },
            "MaxConcurrency": 2,
            "ItemProcessor": each,
            "ResultPath": "$.results",
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Terminate"}],
            "Next": "Terminate",
        },
        "Terminate": task(
            f"{ACTIONS}terminateCluster.sync",
            {"ClusterId.$": "$.cluster.ClusterId"},
            ResultPath="$.terminated",
            TimeoutSeconds=60,
            Next="Over",
        ),
        "Over": {"Type": "Pass", "End": True},
    }


def test_a_cluster_is_created_loads_tables_side_by_side_and_is_always_terminated(emr_aws, account):
    loads = "import sys\nassert sys.argv[1:4:2] == ['--token', '--cluster'] and sys.argv[4][:2] == 'j-', sys.argv\n"
    urls = program(emr_aws, account, loads, "loads"), program(emr_aws, account, FAILS, "fails")
    tables = [{"name": f"t{number}", "words": [url, "--token", "7"]} for number, url in enumerate(urls)]
    creation = emr.request(emr_aws, account, StepConcurrencyLevel=2)
    states = emr_aws.client("stepfunctions", account)
    definition = json.dumps({"StartAt": "Create", "States": ingestion(creation)})
    assert states.validate_state_machine_definition(definition=definition)["result"] == "OK"
    answer = result(emr_aws, account, ingestion(creation), {"tables": tables})
    first, second = answer["results"]
    assert first["outcome"] == "succeeded"
    assert first["step"].startswith("s-")
    failed = second["cause"]["Step"]
    assert (failed["Id"][:2], failed["Status"]["State"]) == ("s-", "FAILED")
    assert failed["Status"]["FailureDetails"]["Message"] == "CountRefusedError: 3 of 5 rows"
    cluster_id = answer["cluster"]["ClusterId"]
    assert answer["cluster"]["Cluster"]["Status"]["State"] == "WAITING"
    assert answer["terminated"]["Cluster"]["Status"]["State"] == "TERMINATED"
    assert described(emr_aws, account, cluster_id)["Status"]["State"] == "TERMINATED"


def test_a_cluster_that_ends_while_it_starts_is_caught_with_the_reason(emr_aws, account):
    creation = emr.request(emr_aws, account, {"Ec2SubnetIds": ["subnet-1"]})
    answer = result(emr_aws, account, ingestion(creation), {"tables": []})
    assert answer["error"]["Error"] == "States.TaskFailed"
    reason = json.loads(answer["error"]["Cause"])["Cluster"]["Status"]["StateChangeReason"]
    assert reason == {"Code": "VALIDATION_ERROR", "Message": "The subnet ID 'subnet-1' does not exist"}


@pytest.mark.parametrize(
    ("action", "parameters", "error", "cause"),
    [
        ("createCluster", {"JobFlowRole": "nobody"}, "EMR.AmazonElasticMapReduceException", "Invalid InstanceProfile"),
        ("createCluster", {"SecurityConfiguration": "none"}, "EMR.InvalidRequestException", "does not exist"),
        ("createCluster", {"Instances": {}}, "States.Runtime", "KeepJobFlowAliveWhenNoSteps"),
        ("createCluster", {"Steps": []}, "States.Runtime", "The field 'Steps' is not supported"),
        ("addStep", {"ClusterId": "j-1", "Step": step("s3://b/a.py")}, "EMR.InvalidRequestException", "'j-1'"),
        ("addStep", {"ClusterId": "j-1"}, "States.Runtime", "The field 'Step' is required"),
        ("terminateCluster", {"ClusterId": "j-1"}, "EMR.AmazonElasticMapReduceException", "does not exist"),
        ("terminateCluster", {}, "States.Runtime", "The field 'ClusterId' is required"),
    ],
)
def test_refusals_have_the_names_that_step_functions_gives_them(emr_aws, account, action, parameters, error, cause):
    creates = emr.request(emr_aws, account) if action == "createCluster" else {}
    answer = told(emr_aws, account, f"{ACTIONS}{action}", {**creates, **parameters})
    assert answer["Error"] == error, answer
    assert cause in answer["Cause"]
    if error.startswith("EMR."):
        assert "(Service: AmazonElasticMapReduce; Status Code: 400; Error Code: " in answer["Cause"]


def test_actions_without_sync_answer_at_once(emr_aws, account):
    created = result(emr_aws, account, {"Create": task(f"{ACTIONS}createCluster", emr.request(emr_aws, account))})
    assert set(created) == {"ClusterId", "ClusterArn"}
    cluster_id = created["ClusterId"]
    protection = {"ClusterId": cluster_id, "TerminationProtected": True}
    sleeps = step(program(emr_aws, account, SLEEP))
    states = {
        "Protect": task(f"{ACTIONS}setClusterTerminationProtection", protection, ResultPath="$.protected", Next="Add"),
        "Add": task(
            f"{ACTIONS}addStep", {"ClusterId": cluster_id, "Step": sleeps}, ResultPath="$.added", Next="Cancel"
        ),
        "Cancel": task(
            f"{ACTIONS}cancelStep", {"ClusterId": cluster_id, "StepId.$": "$.added.StepId"}, ResultPath="$.cancelled"
        ),
    }
    answer = result(emr_aws, account, states)
    assert answer["cancelled"]["CancelStepsInfo"]["StepId"] == answer["added"]["StepId"]
    assert answer["cancelled"]["CancelStepsInfo"]["Status"] == "SUBMITTED"
    assert emr.ended(emr_aws, account, cluster_id, answer["added"]["StepId"])["State"] == "CANCELLED"
    assert described(emr_aws, account, cluster_id)["TerminationProtected"]
    refused = told(emr_aws, account, f"{ACTIONS}terminateCluster", {"ClusterId": cluster_id})
    assert "termination protected" in refused["Cause"]


def test_a_step_that_takes_too_long_is_cancelled_and_the_cluster_stays(emr_aws, account, tmp_path):
    cluster_id = cluster(emr_aws, account)
    parameters = {"ClusterId": cluster_id, "Step": step(program(emr_aws, account, beating(tmp_path / "beat")))}
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]
    states = {
        "Load": task(f"{ACTIONS}addStep.sync", parameters, TimeoutSeconds=3, Catch=catch),
        "Late": {"Type": "Pass", "Result": "late", "End": True},
    }
    assert result(emr_aws, account, states) == "late"
    [entry] = emr_aws.client("emr", account).list_steps(ClusterId=cluster_id)["Steps"]
    assert emr.ended(emr_aws, account, cluster_id, entry["Id"])["State"] == "CANCELLED"
    assert_silent(tmp_path / "beat")
    reached(emr_aws, account, cluster_id, "WAITING")


def test_a_stopped_execution_cancels_its_step(emr_aws, account):
    cluster_id = cluster(emr_aws, account)
    parameters = {"ClusterId": cluster_id, "Step": step(program(emr_aws, account, SLEEP))}
    arn = machine(emr_aws, account, "stops", {"Load": task(f"{ACTIONS}addStep.sync", parameters)})
    execution = execute(emr_aws, account, arn)
    client = emr_aws.client("emr", account)
    wait_until(lambda: client.list_steps(ClusterId=cluster_id, StepStates=["RUNNING"])["Steps"])
    emr_aws.client("stepfunctions", account).stop_execution(executionArn=execution)
    [entry] = client.list_steps(ClusterId=cluster_id)["Steps"]
    assert emr.ended(emr_aws, account, cluster_id, entry["Id"])["State"] == "CANCELLED"
    reached(emr_aws, account, cluster_id, "WAITING")


@pytest.mark.parametrize(
    "resource", [f"{ACTIONS}modifyInstanceFleetByName", f"{ACTIONS}cancelStep.sync", f"{SERVERLESS}getJobRun"]
)
def test_what_is_no_integration_is_refused_when_it_is_defined(emr_aws, account, resource):
    definition = json.dumps({"StartAt": "Do", "States": {"Do": task(resource, {})}})
    client = emr_aws.client("stepfunctions", account)
    answer = client.validate_state_machine_definition(definition=definition)
    assert answer["result"] == "FAIL"
    assert "is not recognized or not emulated" in answer["diagnostics"][0]["message"]


def test_a_job_run_is_awaited_and_its_failure_caught(emr_aws, account):
    app = application(emr_aws, account)
    arn = role(emr_aws, account, "emr-serverless.amazonaws.com")

    def parameters(source, name):
        return {
            "ApplicationId": app,
            "ExecutionRoleArn": arn,
            "JobDriver": driver(program(emr_aws, account, source, name)),
        }

    states = {
        "Start": task(f"{SERVERLESS}startApplication.sync", {"ApplicationId": app}, ResultPath="$.app", Next="Run"),
        "Run": task(f"{SERVERLESS}startJobRun.sync", parameters(OK, "ok"), ResultPath="$.run", Next="Fail"),
        "Fail": task(f"{SERVERLESS}startJobRun.sync", parameters(FAILS, "fails"), Catch=[
            {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Stop"}], Next="Stop"),
        "Stop": task(f"{SERVERLESS}stopApplication.sync", {"ApplicationId": app}, ResultPath="$.stopped"),
    }  # fmt: skip
    answer = result(emr_aws, account, states)
    assert (answer["app"]["State"], answer["stopped"]["State"]) == ("STARTED", "STOPPED")
    assert (answer["run"]["State"], answer["run"]["ApplicationId"]) == ("SUCCESS", app)
    assert answer["run"]["JobDriver"]["SparkSubmit"]["EntryPoint"].endswith("ok.py")
    cause = json.loads(answer["error"]["Cause"])
    assert cause["State"] == "FAILED"
    assert cause["StateDetails"].endswith("CountRefusedError: 3 of 5 rows")


def test_a_stopped_execution_cancels_its_job_run(emr_aws, account):
    app = application(emr_aws, account)
    execution_role = role(emr_aws, account, "emr-serverless.amazonaws.com")
    run = {
        "ApplicationId": app,
        "ExecutionRoleArn": execution_role,
        "JobDriver": driver(program(emr_aws, account, SLEEP)),
    }
    arn = machine(emr_aws, account, "stops", {"Run": task(f"{SERVERLESS}startJobRun.sync", run)})
    execution = execute(emr_aws, account, arn)
    client = emr_aws.client("emr-serverless", account)

    def runs(*states):
        return client.list_job_runs(applicationId=app, states=list(states))["jobRuns"]

    wait_until(lambda: runs("RUNNING"))
    emr_aws.client("stepfunctions", account).stop_execution(executionArn=execution)
    wait_until(lambda: runs("CANCELLED"))
    assert finished(emr_aws, account, execution)["status"] == "ABORTED"


def test_refusals_of_emr_serverless_are_named(emr_aws, account):
    stranger = {
        "ApplicationId": "none",
        "ExecutionRoleArn": f"arn:aws:iam::{account}:role/x",
        "JobDriver": driver("s3://b/a.py"),
    }
    assert (
        told(emr_aws, account, f"{SERVERLESS}startJobRun", stranger)["Error"]
        == "EMRServerless.ResourceNotFoundException"
    )
