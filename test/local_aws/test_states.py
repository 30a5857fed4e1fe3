"""Executions of state machines: tasks as the execution's role, failures, retries, waits and stops."""

import json

import pytest

from .conftest import REGION, wait_until
from .functions import deploy
from .helpers import bucket, queue, receive, refusal
from .jobs import ended, job, role, state
from .machines import events, execute, finished, machine, result

GLUE = "arn:aws:states:::glue:startJobRun.sync"
SLEEP = "import time\ntime.sleep(60)\n"
REFUSES = "class QualityRefusedError(Exception): pass\nraise QualityRefusedError('3 of 5 rows')\n"


def glue_task(name, **settings):
    return {"Type": "Task", "Resource": GLUE, "Parameters": {"JobName": name}, "End": True, **settings}


def test_a_job_is_run_to_its_end_with_arguments(aws, account):
    job(aws, account, "fine", "import sys\nassert sys.argv[1:3] == ['--dataset', 'sales/orders'], sys.argv\n")
    task = {**glue_task("fine"), "Parameters": {"JobName": "fine", "Arguments": {"--dataset.$": "$.dataset"}}}
    run = result(aws, account, {"Run": task}, {"dataset": "sales/orders"})
    assert (run["JobName"], run["JobRunState"]) == ("fine", "SUCCEEDED")
    assert run["Arguments"] == {"--dataset": "sales/orders"}
    assert isinstance(run["StartedOn"], int)


def test_a_failed_job_is_caught_with_its_reason(aws, account):
    job(aws, account, "refuses", REFUSES)
    states = {
        "Run": glue_task("refuses", Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Tell"}]),
        "Tell": {"Type": "Pass", "End": True},
    }
    answer = result(aws, account, states)
    assert answer["Error"] == "States.TaskFailed"
    cause = json.loads(answer["Cause"])
    assert cause["ErrorMessage"] == "QualityRefusedError: 3 of 5 rows"
    assert cause["JobRunState"] == "FAILED"


def test_a_job_that_runs_already_is_tried_again_until_it_is_free(aws, account, tmp_path):
    free = tmp_path / "free"
    source = f"import os, time\nwhile not os.path.exists({str(free)!r}):\n    time.sleep(0.05)\n"
    job(aws, account, "busy", source)
    retry = {"ErrorEquals": ["Glue.ConcurrentRunsExceededException"], "IntervalSeconds": 1, "MaxAttempts": 5}
    arn = machine(aws, account, "waits", {"Run": glue_task("busy", Retry=[{**retry, "BackoffRate": 1}])})
    aws.client("glue", account).start_job_run(JobName="busy")
    execution = execute(aws, account, arn)
    wait_until(lambda: "TaskFailed" in events(aws, account, execution))
    free.touch()
    assert finished(aws, account, execution)["status"] == "SUCCEEDED"
    assert events(aws, account, execution).count("TaskSucceeded") == 1


def test_a_task_that_takes_too_long_is_caught_and_its_run_stopped(aws, account):
    job(aws, account, "slow", SLEEP)
    states = {
        "Run": glue_task("slow", TimeoutSeconds=3, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]),
        "Late": {"Type": "Pass", "Result": "late", "End": True},
    }
    assert result(aws, account, states) == "late"
    [run] = aws.client("glue", account).get_job_runs(JobName="slow")["JobRuns"]
    assert ended(aws, account, "slow", run["Id"])["JobRunState"] == "STOPPED"


def test_a_stopped_execution_stops_its_run(aws, account):
    job(aws, account, "stops", SLEEP)
    execution = execute(aws, account, machine(aws, account, "stops", {"Run": glue_task("stops")}))
    glue = aws.client("glue", account)
    run = wait_until(lambda: glue.get_job_runs(JobName="stops")["JobRuns"])[0]["Id"]
    wait_until(lambda: state(aws, account, "stops", run) == "RUNNING")
    client = aws.client("stepfunctions", account)
    client.stop_execution(executionArn=execution, error="Enough", cause="said so")
    stopped = client.describe_execution(executionArn=execution)
    assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Enough", "said so")
    assert stopped["stopDate"] >= stopped["startDate"]
    assert ended(aws, account, "stops", run)["JobRunState"] == "STOPPED"
    wait_until(lambda: events(aws, account, execution)[-1] == "ExecutionAborted")


def test_an_execution_that_takes_too_long_ends_with_its_run(aws, account):
    job(aws, account, "endless", SLEEP)
    arn = machine(aws, account, "times-out", {"Run": glue_task("endless")}, TimeoutSeconds=2)
    execution = execute(aws, account, arn)
    description = finished(aws, account, execution)
    assert description["status"] == "TIMED_OUT"
    assert description["stopDate"]
    [run] = aws.client("glue", account).get_job_runs(JobName="endless")["JobRuns"]
    assert ended(aws, account, "endless", run["Id"])["JobRunState"] == "STOPPED"
    wait_until(lambda: events(aws, account, execution)[-1] == "ExecutionTimedOut")
    assert finished(aws, account, execution)["status"] == "TIMED_OUT"


def test_a_stop_ends_the_wait_for_a_retry(aws, account):
    task = glue_task("no-such-job", Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60}])
    execution = execute(aws, account, machine(aws, account, "retries", {"Run": task}))
    wait_until(lambda: "TaskFailed" in events(aws, account, execution))
    aws.client("stepfunctions", account).stop_execution(executionArn=execution)
    wait_until(lambda: "ExecutionAborted" in events(aws, account, execution), 5)
    assert finished(aws, account, execution)["status"] == "ABORTED"


def test_a_statement_is_awaited_and_its_failure_caught(aws, account):
    s3 = bucket(aws, account, "results")
    begin = {"ResultConfiguration": {"OutputLocation": f"s3://{s3}/"}, "QueryString.$": "$.sql"}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
        "Parameters": begin,
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Tell"}],
        "End": True,
    }
    states = {"Ask": task, "Tell": {"Type": "Pass", "End": True}}
    answer = result(aws, account, states, {"sql": "SELECT 1"})
    assert answer["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    caught = result(aws, account, states, {"sql": "SELECT * FROM no_such_table"})
    assert json.loads(caught["Cause"])["QueryExecution"]["Status"]["State"] == "FAILED"


def test_tasks_act_as_the_role_of_the_execution(aws, account):
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity", "End": True}
    answer = result(aws, account, {"Who": task})
    assert answer["Account"] == account
    assert answer["Arn"] == f"arn:aws:sts::{account}:assumed-role/states/StepFunctions"


def test_a_role_that_does_not_trust_step_functions_is_refused(aws, account):
    stranger = role(aws, account, "lambda.amazonaws.com")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    client = aws.client("stepfunctions", account)
    answer = refusal(lambda: client.create_state_machine(name="stranger", definition=definition, roleArn=stranger))
    assert answer[1] == "AccessDeniedException"


def test_functions_topics_queues_and_tables_are_called(aws, account):
    deploy(aws, account, "adds", "export const handler = async ({ a, b }) => ({ sum: a + b });")
    topic = aws.client("sns", account).create_topic(Name="told")["TopicArn"]
    url, _ = queue(aws, account, "told", Policy={"Version": "2012-10-17", "Statement": []})
    aws.client("dynamodb", account).create_table(
        TableName="runs",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    states = {
        "Add": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "adds", "Payload": {"a.$": "$.a", "b": 2}},
            "ResultSelector": {"sum.$": "$.Payload.sum"},
            "Next": "Put",
        },
        "Put": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {
                "TableName": "runs",
                "Item": {"pk": {"S": "one"}, "sum": {"N.$": "States.Format('{}', $.sum)"}},
            },
            "ResultPath": None,
            "Next": "Tell",
        },
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": topic, "Message.$": "$"},
            "ResultPath": None,
            "Next": "Send",
        },
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": url, "MessageBody.$": "$"},
            "ResultPath": None,
            "End": True,
        },
    }
    assert result(aws, account, states, {"a": 1}) == {"sum": 3}
    item = aws.client("dynamodb", account).get_item(TableName="runs", Key={"pk": {"S": "one"}})["Item"]
    assert item["sum"] == {"N": "3"}
    assert json.loads(receive(aws, account, url)[0]["Body"]) == {"sum": 3}


def test_a_function_that_throws_is_caught_by_the_name_of_its_error(aws, account):
    source = "export const handler = async () => { const e = new Error('no'); e.name = 'HeldError'; throw e; };"
    deploy(aws, account, "throws", source)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "throws"},
        "Catch": [{"ErrorEquals": ["HeldError"], "Next": "Held"}],
        "End": True,
    }
    assert result(aws, account, {"Call": task, "Held": {"Type": "Pass", "Result": "held", "End": True}}) == "held"


@pytest.mark.parametrize(
    ("resource", "parameters", "error"),
    [
        ("aws-sdk:s3:getObject", {"Bucket": "no-such", "Key": "k"}, "S3.NoSuchBucketException"),
        ("aws-sdk:glue:getTable", {"DatabaseName": "no", "Name": "no"}, "Glue.EntityNotFoundException"),
        ("aws-sdk:dynamodb:getItem", {"TableName": "no", "Key": {}}, "DynamoDb.ResourceNotFoundException"),
        ("glue:startJobRun.sync", {"JobName": "no"}, "Glue.EntityNotFoundException"),
    ],
)
def test_errors_of_services_have_the_names_of_step_functions(aws, account, resource, parameters, error):
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": parameters,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Tell"}],
        "End": True,
    }
    assert result(aws, account, {"Call": task, "Tell": {"Type": "Pass", "End": True}})["Error"] == error


def test_moments_in_answers_are_text(aws, account):
    aws.client("glue", account).create_database(DatabaseInput={"Name": "d"})
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getDatabase", "Parameters": {"Name": "d"}}
    created = result(aws, account, {"Get": {**task, "End": True}})["Database"]["CreateTime"]
    assert created.endswith("Z")
    assert "T" in created


def test_a_path_that_names_one_value_gives_it(aws, account):
    read = {"Type": "Pass", "Parameters": {"one.$": "$.a[0].b", "all.$": "$.a[*].b", "whole.$": "$.a[0]"}, "End": True}
    answer = result(aws, account, {"Read": read}, {"a": [{"b": [1]}]})
    assert answer == {"one": [1], "all": [[1]], "whole": {"b": [1]}}


def test_jsonata_and_variables(aws, account):
    states = {
        "Keep": {"Type": "Pass", "Assign": {"text": "{% $states.input.text %}"}, "Next": "Use"},
        "Use": {
            "Type": "Pass",
            "Output": {"text": "{% $text & '!' %}", "big": "{% $states.input.rows[n > 1].n %}"},
            "End": True,
        },
    }
    document = {"text": 'say "hi"\\', "rows": [{"n": 1}, {"n": 2}, {"n": 3}]}
    answer = result(aws, account, states, document, QueryLanguage="JSONata")
    assert answer == {"text": 'say "hi"\\!', "big": [2, 3]}


def test_branches_and_maps(aws, account):
    double = {"StartAt": "D", "States": {"D": {"Type": "Pass", "End": True}}}
    states = {
        "Both": {"Type": "Parallel", "Branches": [double, double], "Next": "Each"},
        "Each": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": double, "Next": "Is"},
        "Is": {
            "Type": "Choice",
            "Choices": [{"Variable": "$[0].n", "NumericGreaterThan": 1, "Next": "Big"}],
            "Default": "Small",
        },
        "Big": {"Type": "Pass", "Result": "big", "End": True},
        "Small": {"Type": "Fail", "Error": "Small", "Cause": "too small"},
    }
    assert result(aws, account, states, {"n": 2}) == "big"
    failed = finished(aws, account, execute(aws, account, machine(aws, account, "small", states), {"n": 1}))
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Small", "too small")


def test_a_name_is_taken_once(aws, account):
    arn = machine(aws, account, "named", {"Wait": {"Type": "Wait", "Seconds": 30, "End": True}})
    first = execute(aws, account, arn, {"a": 1}, name="one")
    assert execute(aws, account, arn, {"a": 1}, name="one") == first
    assert refusal(lambda: execute(aws, account, arn, {"a": 2}, name="one"))[1] == "ExecutionAlreadyExists"
    unnamed = {execute(aws, account, arn) for _ in range(2)}
    assert len(unnamed) == 2
    for execution in (first, *unnamed):
        aws.client("stepfunctions", account).stop_execution(executionArn=execution)
    assert refusal(lambda: execute(aws, account, arn, {"a": 1}, name="one"))[1] == "ExecutionAlreadyExists"


def test_histories_are_read_in_pages_and_from_the_end(aws, account):
    arn = machine(aws, account, "pages", {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}})
    execution = execute(aws, account, arn)
    finished(aws, account, execution)
    everything = events(aws, account, execution)
    assert everything[0] == "ExecutionStarted"
    assert everything[-1] == "ExecutionSucceeded"
    assert events(aws, account, execution, reverseOrder=True) == everything[::-1]
    client = aws.client("stepfunctions", account)
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution, maxResults=2)
    assert [event["type"] for page in pages for event in page["events"]] == everything


def test_definitions_are_validated(aws, account):
    client = aws.client("stepfunctions", account)
    good = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    assert client.validate_state_machine_definition(definition=good)["result"] == "OK"
    emr = {"Type": "Task", "Resource": "arn:aws:states:::emr-containers:startJobRun.sync", "End": True}
    for bad in ("{}", json.dumps({"StartAt": "A", "States": {"A": emr}})):
        answer = client.validate_state_machine_definition(definition=bad)
        assert answer["result"] == "FAIL"
    assert "emr-containers are not emulated" in answer["diagnostics"][0]["message"]


def test_what_cannot_be_run_faithfully_is_refused(aws, account):
    client = aws.client("stepfunctions", account)
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    arn = role(aws, account, "states.amazonaws.com")
    express = client.create_state_machine(name="express", definition=definition, roleArn=arn, type="EXPRESS")
    assert refusal(lambda: execute(aws, account, express["stateMachineArn"]))[1] == "NotImplemented"
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity", "End": True}
    other = machine(aws, account, "credentials", {"Who": {**task, "Credentials": {"RoleArn": arn}}})
    failed = finished(aws, account, execute(aws, account, other))
    assert failed["status"] == "FAILED"
    assert "does not emulate this: the Credentials of a task" in failed["cause"]


def test_another_machine_of_the_name_is_refused(aws, account):
    machine(aws, account, "once", {"A": {"Type": "Succeed"}})
    machine(aws, account, "once", {"A": {"Type": "Succeed"}})
    answer = refusal(lambda: machine(aws, account, "once", {"B": {"Type": "Succeed"}}))
    assert answer[1] == "StateMachineAlreadyExists"
    assert aws.resources(account) == [
        ("iam", "role", "states"),
        ("stepfunctions", "state-machine", f"arn:aws:states:{REGION}:{account}:stateMachine:once"),
    ]
