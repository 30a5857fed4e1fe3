"""Who acts inside of the local AWS needs rights: queries the caller's, crawlers and pollers those of their role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import REGION, RunningServer, wait_until
from .enforcement import Trial, policy, refused, statement
from .functions import deploy, logged, role
from .helpers import queue
from .lake_tables import Lake, parquet

ECHO = "export const handler = async (event) => { console.log('got', event.Records?.[0].body); return 1; }"


class Readers:
    """A lake with a table of two files, one open and one secret, and a role that asks."""

    def __init__(self, aws: RunningServer, account: str) -> None:
        self.lake = Lake(aws, account)
        self.trial = Trial(aws, account)
        for level in ("proprietary", "secret"):
            body = parquet(f"SELECT '{level}' AS level")
            self.lake.s3.put_object(
                Bucket=self.lake.data, Key=f"{level}/a.parquet", Body=body, Tagging=f"classification={level}"
            )
            self.lake.table(level, {"level": "string"})
        catalog = f"arn:aws:glue:{REGION}:{account}"
        own = {"StringEquals": {"s3:ExistingObjectTag/classification": "proprietary"}}
        data, results = f"arn:aws:s3:::{self.lake.data}", f"arn:aws:s3:::{self.lake.results}"
        self.ask = statement("athena:*", "*")
        self.tables = statement(
            "glue:GetTable*", [f"{catalog}:{name}" for name in ("catalog", "database/*", "table/*")]
        )
        self.read = statement("s3:GetObject", f"{data}/*", Condition=own)
        self.list = statement(["s3:ListBucket", "s3:GetBucketLocation"], [data, results])
        self.answer = statement(["s3:PutObject", "s3:GetObject"], f"{results}/*")

    def query(self, text: str) -> dict[str, Any]:
        """How a query of the role ends."""
        athena = self.trial.client("athena")
        asked = {"QueryExecutionContext": {"Database": "shop"}, "WorkGroup": "analysts"}
        execution = athena.start_query_execution(QueryString=text, **asked)["QueryExecutionId"]
        ended = self.lake.finished(execution)
        return {"id": execution, "state": ended["Status"]["State"], "reason": ended["Status"].get("StateChangeReason")}


@pytest.fixture
def readers(enforced: RunningServer, account: str) -> Readers:
    return Readers(enforced, account)


def test_a_query_reads_what_its_caller_may_read(readers: Readers) -> None:
    readers.trial.may(readers.ask, readers.tables, readers.read, readers.list, readers.answer)
    assert readers.query("SELECT * FROM proprietary")["state"] == "SUCCEEDED"
    secret = readers.query("SELECT * FROM secret")
    assert secret["state"] == "FAILED"
    assert "s3:GetObject" in secret["reason"]


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("tables", "glue:GetTable"),
        ("read", "s3:GetObject"),
        ("list", "s3:GetBucketLocation"),
        ("answer", "s3:PutObject"),
    ],
)
def test_a_query_needs_each_of_its_rights(readers: Readers, without: str, said: str) -> None:
    rights = {name: getattr(readers, name) for name in ("ask", "tables", "read", "list", "answer")}
    readers.trial.may(*(right for name, right in rights.items() if name != without))
    ended = readers.query("SELECT * FROM proprietary")
    assert ended["state"] == "FAILED"
    assert said in ended["reason"]


def test_answers_are_read_by_those_who_may_read_where_they_are(readers: Readers) -> None:
    readers.trial.may(readers.ask, readers.tables, readers.read, readers.list, readers.answer)
    ended = readers.query("SELECT * FROM proprietary")
    results = readers.trial.client("athena").get_query_results
    assert results(QueryExecutionId=ended["id"])["ResultSet"]["Rows"]
    readers.trial.may(readers.ask, readers.tables, readers.read, readers.list)
    refused(lambda: results(QueryExecutionId=ended["id"]))


def test_a_crawler_sees_what_its_role_may_see(readers: Readers) -> None:
    lake, iam = readers.lake, readers.trial.iam
    trust = policy(statement("sts:AssumeRole", None, Principal={"Service": "glue.amazonaws.com"}))
    iam.create_role(RoleName="crawler", AssumeRolePolicyDocument=json.dumps(trust))
    lake.glue.create_crawler(
        Name="crawler",
        Role="crawler",
        DatabaseName="shop",
        TablePrefix="found_",
        Targets={"S3Targets": [{"Path": f"s3://{lake.data}/proprietary"}]},
    )

    def crawl(*statements: dict[str, Any]) -> dict[str, Any]:
        iam.put_role_policy(RoleName="crawler", PolicyName="p", PolicyDocument=json.dumps(policy(*statements)))
        lake.glue.start_crawler(Name="crawler")

        def ended() -> Any:
            found = lake.glue.get_crawler(Name="crawler")["Crawler"]
            return found if found["State"] == "READY" else None

        return wait_until(ended)["LastCrawl"]

    catalog = statement("glue:*", "*")
    refusal = crawl(catalog)
    assert (refusal["Status"], "s3:ListBucket" in refusal["ErrorMessage"]) == ("FAILED", True)
    listing = statement("s3:ListBucket", f"arn:aws:s3:::{lake.data}")
    assert crawl(catalog, listing, readers.read)["Status"] == "SUCCEEDED"
    assert lake.glue.get_table(DatabaseName="shop", Name="found_proprietary")


def test_a_queue_is_polled_with_the_functions_role(enforced: RunningServer, account: str) -> None:
    iam = enforced.client("iam", account)
    enforced.client("logs", account).create_log_group(logGroupName="/aws/lambda/poll")
    deploy(enforced, account, "poll", ECHO)
    url, arn = queue(enforced, account, "work", VisibilityTimeout="30")
    group = f"arn:aws:logs:{REGION}:{account}:log-group:/aws/lambda/poll"
    logs = statement(["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*")
    take = statement(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arn)

    def may(*statements: dict[str, Any]) -> None:
        name = role(enforced, account).rpartition("/")[2]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy(*statements)))

    def waiting() -> int:
        names = ["ApproximateNumberOfMessages"]
        found = enforced.client("sqs", account).get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return int(found["Attributes"][names[0]])

    may(logs)
    enforced.client("lambda", account).create_event_source_mapping(FunctionName="poll", EventSourceArn=arn)
    enforced.client("sqs", account).send_message(QueueUrl=url, MessageBody="first")
    refusals = lambda: [  # noqa: E731
        entry for entry in enforced.get("/_lake/authorizations")["refusals"] if entry["resource"] == arn
    ]
    wait_until(refusals)
    assert waiting() == 1
    may(logs, take)
    wait_until(lambda: waiting() == 0)
    wait_until(lambda: any("first" in line for line in logged(enforced, account, "poll")))
