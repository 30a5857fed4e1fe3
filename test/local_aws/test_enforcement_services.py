"""What calls of Lambda, Step Functions, Glue and Athena need: with it they pass, with less they do not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from .conftest import REGION, RunningServer
from .enforcement import Case, Trial, policy, statement
from .helpers import bucket, queue

ACCOUNT = "300000000002"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:work"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:work"
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
GROUP = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup"
DEFINITION = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}})
TABLE = {"Name": "items", "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}]}}
PASS = ("iam:PassRole", ROLE)


def in_catalog(action: str, *resources: str) -> list[tuple[str, str]]:
    """A right that is asked for on each of the resources."""
    return [(action, f"{GLUE}:{resource}") for resource in ("catalog", *resources)]


ITEMS = ("database/sales", "table/sales/items")


@pytest.fixture(scope="module")
def trial(enforced: RunningServer) -> Iterator[Trial]:
    """A role, beside a role that can be passed, a function, a machine, tables, a job, a crawler and workgroups."""
    aws = enforced
    iam = aws.client("iam", ACCOUNT)
    services = [f"{name}.amazonaws.com" for name in ("lambda", "states", "glue")]
    trust = policy(statement("sts:AssumeRole", None, Principal={"Service": services}))
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="worker", PolicyName="all", PolicyDocument=json.dumps(policy(statement("*", "*"))))
    bucket(aws, ACCOUNT, "answers")
    queue(aws, ACCOUNT, "work", VisibilityTimeout="30")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", "exports.handler = async () => 1")
    aws.client("lambda", ACCOUNT).create_function(
        FunctionName="work",
        Runtime="nodejs22.x",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    aws.client("stepfunctions", ACCOUNT).create_state_machine(name="work", definition=DEFINITION, roleArn=ROLE)
    glue = aws.client("glue", ACCOUNT)
    glue.create_database(DatabaseInput={"Name": "sales"})
    glue.create_table(DatabaseName="sales", TableInput=TABLE)
    glue.create_job(Name="refine", Role=ROLE, Command={"Name": "glueetl", "ScriptLocation": "s3://x/y.py"})
    glue.create_crawler(Name="look", Role=ROLE, DatabaseName="sales", Targets={"S3Targets": [{"Path": "s3://x/"}]})
    athena = aws.client("athena", ACCOUNT)
    output = {"ResultConfiguration": {"OutputLocation": f"s3://answers-{ACCOUNT}/"}}
    for name in ("ours", "theirs"):
        athena.create_work_group(Name=name, Configuration=output)
    yield Trial(aws, ACCOUNT)


LAMBDA = [
    Case("lambda", "invoke", [("lambda:InvokeFunction", FUNCTION)], {"FunctionName": "work", "Payload": b"{}"}),
    Case(
        "lambda",
        "invoke",
        [("lambda:InvokeFunction", FUNCTION)],
        {"FunctionName": FUNCTION, "InvocationType": "DryRun"},
    ),
    Case("lambda", "get_function", [("lambda:GetFunction", FUNCTION)], {"FunctionName": "work"}),
    Case(
        "lambda",
        "get_function_configuration",
        [("lambda:GetFunctionConfiguration", FUNCTION)],
        {"FunctionName": "work"},
    ),
    Case("lambda", "list_functions", [("lambda:ListFunctions", "*")]),
    Case("lambda", "get_policy", [("lambda:GetPolicy", FUNCTION)], {"FunctionName": "work"}),
    Case(
        "lambda",
        "add_permission",
        [("lambda:AddPermission", FUNCTION)],
        {
            "FunctionName": "work",
            "StatementId": "s",
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
        },
    ),
    Case(
        "lambda",
        "update_function_configuration",
        [("lambda:UpdateFunctionConfiguration", FUNCTION), PASS],
        {"FunctionName": "work", "Role": ROLE},
    ),
    Case(
        "lambda",
        "put_function_concurrency",
        [("lambda:PutFunctionConcurrency", FUNCTION)],
        {"FunctionName": "work", "ReservedConcurrentExecutions": 1},
    ),
    Case("lambda", "list_event_source_mappings", [("lambda:ListEventSourceMappings", "*")]),
    Case("lambda", "list_tags", [("lambda:ListTags", FUNCTION)], {"Resource": FUNCTION}),
    Case("lambda", "delete_function", [("lambda:DeleteFunction", f"{FUNCTION}-none")], {"FunctionName": "work-none"}),
]
STATES = [
    Case(
        "stepfunctions",
        "describe_state_machine",
        [("states:DescribeStateMachine", MACHINE)],
        {"stateMachineArn": MACHINE},
    ),
    Case("stepfunctions", "list_state_machines", [("states:ListStateMachines", "*")]),
    Case("stepfunctions", "list_executions", [("states:ListExecutions", MACHINE)], {"stateMachineArn": MACHINE}),
    Case("stepfunctions", "start_execution", [("states:StartExecution", MACHINE)], {"stateMachineArn": MACHINE}),
    Case(
        "stepfunctions",
        "describe_execution",
        [("states:DescribeExecution", MACHINE.replace("stateMachine", "execution") + ":x")],
        {"executionArn": MACHINE.replace("stateMachine", "execution") + ":x"},
    ),
    Case(
        "stepfunctions",
        "get_execution_history",
        [("states:GetExecutionHistory", MACHINE.replace("stateMachine", "execution") + ":x")],
        {"executionArn": MACHINE.replace("stateMachine", "execution") + ":x"},
    ),
    Case(
        "stepfunctions",
        "stop_execution",
        [("states:StopExecution", MACHINE.replace("stateMachine", "execution") + ":x")],
        {"executionArn": MACHINE.replace("stateMachine", "execution") + ":x"},
    ),
    Case(
        "stepfunctions",
        "create_state_machine",
        [("states:CreateStateMachine", MACHINE.replace(":work", ":new")), PASS],
        {"name": "new", "definition": DEFINITION, "roleArn": ROLE},
    ),
    Case(
        "stepfunctions",
        "update_state_machine",
        [("states:UpdateStateMachine", MACHINE), PASS],
        {"stateMachineArn": MACHINE, "roleArn": ROLE},
    ),
    Case(
        "stepfunctions",
        "validate_state_machine_definition",
        [("states:ValidateStateMachineDefinition", "*")],
        {"definition": DEFINITION},
    ),
    Case(
        "stepfunctions", "list_tags_for_resource", [("states:ListTagsForResource", MACHINE)], {"resourceArn": MACHINE}
    ),
]
ON_ITEMS = {"DatabaseName": "sales", "TableName": "items"}
GLUE_CASES = [
    Case("glue", "get_table", in_catalog("glue:GetTable", *ITEMS), {"DatabaseName": "sales", "Name": "items"}),
    Case(
        "glue", "get_tables", in_catalog("glue:GetTables", "database/sales", "table/sales/*"), {"DatabaseName": "sales"}
    ),
    Case("glue", "get_partitions", in_catalog("glue:GetPartitions", *ITEMS), ON_ITEMS),
    Case(
        "glue", "update_table", in_catalog("glue:UpdateTable", *ITEMS), {"DatabaseName": "sales", "TableInput": TABLE}
    ),
    Case("glue", "get_database", in_catalog("glue:GetDatabase", "database/sales"), {"Name": "sales"}),
    Case("glue", "get_databases", in_catalog("glue:GetDatabases", "database/*")),
    Case(
        "glue", "create_database", in_catalog("glue:CreateDatabase", "database/new"), {"DatabaseInput": {"Name": "new"}}
    ),
    Case(
        "glue",
        "delete_table",
        in_catalog("glue:DeleteTable", "database/sales", "table/sales/none"),
        {"DatabaseName": "sales", "Name": "none"},
    ),
    Case("glue", "get_job", [("glue:GetJob", f"{GLUE}:job/refine")], {"JobName": "refine"}),
    Case("glue", "get_job_runs", [("glue:GetJobRuns", f"{GLUE}:job/refine")], {"JobName": "refine"}),
    Case("glue", "start_job_run", [("glue:StartJobRun", f"{GLUE}:job/none")], {"JobName": "none"}),
    Case(
        "glue",
        "create_job",
        [("glue:CreateJob", f"{GLUE}:job/new"), PASS],
        {"Name": "new", "Role": "worker", "Command": {"Name": "glueetl", "ScriptLocation": "s3://x/y.py"}},
    ),
    Case("glue", "get_crawler", [("glue:GetCrawler", f"{GLUE}:crawler/look")], {"Name": "look"}),
    Case("glue", "start_crawler", [("glue:StartCrawler", f"{GLUE}:crawler/none")], {"Name": "none"}),
    Case(
        "glue", "get_data_catalog_encryption_settings", [("glue:GetDataCatalogEncryptionSettings", f"{GLUE}:catalog")]
    ),
    Case("glue", "get_security_configuration", [("glue:GetSecurityConfiguration", "*")], {"Name": "x"}),
    Case("glue", "get_connection", in_catalog("glue:GetConnection", "connection/base"), {"Name": "base"}),
]
ATHENA = [
    Case(
        "athena",
        "start_query_execution",
        [("athena:StartQueryExecution", f"{GROUP}/ours")],
        {"QueryString": "SELECT 1", "WorkGroup": "ours"},
    ),
    Case("athena", "get_work_group", [("athena:GetWorkGroup", f"{GROUP}/theirs")], {"WorkGroup": "theirs"}),
    Case("athena", "list_work_groups", [("athena:ListWorkGroups", "*")]),
    Case("athena", "list_named_queries", [("athena:ListNamedQueries", f"{GROUP}/ours")], {"WorkGroup": "ours"}),
    Case("athena", "list_query_executions", [("athena:ListQueryExecutions", f"{GROUP}/primary")]),
    Case("athena", "create_work_group", [("athena:CreateWorkGroup", f"{GROUP}/new")], {"Name": "new"}),
    Case(
        "athena",
        "create_named_query",
        [("athena:CreateNamedQuery", f"{GROUP}/ours")],
        {"Name": "q", "Database": "sales", "QueryString": "SELECT 1", "WorkGroup": "ours"},
    ),
    Case("athena", "list_data_catalogs", [("athena:ListDataCatalogs", "*")]),
    Case(
        "athena",
        "get_data_catalog",
        [("athena:GetDataCatalog", f"{GROUP.replace('workgroup', 'datacatalog')}/AwsDataCatalog")],
        {"Name": "AwsDataCatalog"},
    ),
    Case(
        "athena",
        "list_tags_for_resource",
        [("athena:ListTagsForResource", f"{GROUP}/ours")],
        {"ResourceARN": f"{GROUP}/ours"},
    ),
]


@pytest.mark.parametrize("case", [*LAMBDA, *STATES, *GLUE_CASES, *ATHENA], ids=str)
def test_a_call_needs_its_rights(trial: Trial, case: Case) -> None:
    trial.check(case)


def test_what_becomes_of_a_query_belongs_to_its_workgroup(trial: Trial) -> None:
    root = trial.aws.client("athena", ACCOUNT)
    found = {
        name: root.start_query_execution(QueryString="SELECT 1", WorkGroup=name)["QueryExecutionId"]
        for name in ("ours", "theirs")
    }
    trial.check(
        Case(
            "athena",
            "get_query_execution",
            [("athena:GetQueryExecution", f"{GROUP}/ours")],
            {"QueryExecutionId": found["ours"]},
        )
    )
    trial.check(
        Case(
            "athena",
            "stop_query_execution",
            [("athena:StopQueryExecution", f"{GROUP}/theirs")],
            {"QueryExecutionId": found["theirs"]},
        )
    )
    both = [("athena:BatchGetQueryExecution", f"{GROUP}/ours"), ("athena:BatchGetQueryExecution", f"{GROUP}/theirs")]
    trial.check(Case("athena", "batch_get_query_execution", both, {"QueryExecutionIds": list(found.values())}))


def test_a_mapping_is_of_a_function_and_has_an_arn(trial: Trial) -> None:
    create = {"FunctionName": "work", "EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:work", "Enabled": False}
    mapping = trial.aws.client("lambda", ACCOUNT).create_event_source_mapping(**create)["UUID"]
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{mapping}"
    change = lambda: trial.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=False)  # noqa: E731
    for function, is_let in ((FUNCTION, True), (f"{FUNCTION}-other", False)):
        condition = {"ArnEquals": {"lambda:FunctionArn": function}}
        trial.may(statement("lambda:UpdateEventSourceMapping", arn, Condition=condition))
        assert (trial.refusal(change) is None) == is_let
    look = lambda: trial.client("lambda").get_event_source_mapping(UUID=mapping)  # noqa: E731
    for named, is_let in ((arn, True), (f"{arn}-other", False)):
        trial.may(statement("lambda:GetEventSourceMapping", named))
        assert (trial.refusal(look) is None) == is_let


def test_roles_are_passed_to_the_service_that_is_named(trial: Trial) -> None:
    create = statement("glue:CreateJob", "*")
    command = {"Name": "glueetl", "ScriptLocation": "s3://x/y.py"}
    call = lambda: trial.client("glue").create_job(Name="passed", Role=ROLE, Command=command)  # noqa: E731
    for service, is_let in (("glue.amazonaws.com", True), ("lambda.amazonaws.com", False)):
        trial.may(create, statement("iam:PassRole", ROLE, Condition={"StringEquals": {"iam:PassedToService": service}}))
        assert (trial.refusal(call) is None) == is_let


def test_services_that_no_mapper_knows_are_reported_and_let_through(trial: Trial) -> None:
    trial.may()
    trial.client("events").list_rules()
    counts = {entry["action"]: entry for entry in trial.aws.get("/_lake/authorizations")["counts"]}
    assert counts["events:ListRules"]["unproven"] == 1
    assert counts["events:ListRules"]["allowed"] == 0
    assert counts["glue:GetTable"]["refused"] >= 3
