"""Puts the state machines of ingestion onto the local AWS as they are deployed, with a function that plays a part."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from .conftest import ROOT, RunningServer
from .emr_serverless_runs import application
from .functions import deploy
from .helpers import bucket, queue
from .jobs import job, role
from .machines import execute, finished

#: Accounts and names of the definitions that TypeScript prints.
_ACCOUNT, _SCRIPT = "111111111111", "spark/scripts/ingest/1.py"

#: The job: what its table is called says how it ends.
JOB = """
import sys, time
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert given["--ingestion_table"] == "the-ingestion" and given["--execution"], given
assert given["--window"] == "window#regular" and given["--token"] == "7", given
if given["--table"] == "bad":
    raise ValueError("3 of 5 rows")
if given["--table"] == "slow":
    time.sleep(60)
"""

#: The function: what the source is called says which tables there are, and what goes wrong.
FUNCTION = """
const claimed = (source, table) => ({
  table, token: 7, kind: "regular", window: "window#regular",
  arguments: ["--source", source, "--table", table, "--token", "7", "--kind", "regular", "--window", "window#regular"],
});
export const handler = async (event) => {
  const { action, source } = event;
  console.log("asked " + JSON.stringify(event));
  const words = source.split("/")[1].split("-");
  if (words.includes("un" + action + "ed")) throw new Error("cannot " + action);
  if (action === "claim") {
    if (!event.execution.includes(":execution:")) throw new Error("no execution");
    const tables = (event.tables ?? words).filter((word) => ["good", "bad", "slow"].includes(word));
    const skipped = words.includes("held") ? [{ table: "held", reason: "somebody reads it" }] : [];
    return { source, tables: tables.map((table) => claimed(source, table)), skipped, concurrency: 2 };
  }
  if (action === "settle") {
    const { table, outcome, error, cluster, step, token } = event;
    if (token !== 7) throw new Error("another token");
    return { table, outcome, reason: error?.Error ?? `${cluster ?? ""} ${step ?? ""}`, rows: 5 };
  }
  const failed = event.results.filter(({ outcome }) => outcome === "failed").length;
  return { failed, subject: `${failed} failed`, message: JSON.stringify(event.results) };
};
"""


@dataclass(frozen=True)
class Ingestion:
    """A state machine and what hears of it."""

    aws: RunningServer
    account: str
    arn: str
    alarms: str
    notices: str

    def run(self, source: str, **more: Any) -> dict[str, Any]:
        """How an execution for the source has ended, with the states that it entered."""
        arn = execute(self.aws, self.account, self.arn, {"source": f"tests/{source}", **more})
        ended = finished(self.aws, self.account, arn, 90)
        history = self.aws.client("stepfunctions", self.account).get_execution_history(
            executionArn=arn, maxResults=1000
        )
        entered = [
            event["stateEnteredEventDetails"]["name"] for event in history["events"] if "stateEntered" in str(event)
        ]
        return {"status": ended["status"], "error": ended.get("error"), "entered": entered, "name": arn.split(":")[-1]}

    def told(self, url: str) -> list[tuple[str, str]]:
        """Subjects and texts of the messages in a queue, which is empty afterwards."""
        sqs = self.aws.client("sqs", self.account)
        found: list[tuple[str, str]] = []
        while True:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not messages:
                return found
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                body = json.loads(message["Body"])
                found.append((body["Subject"], body["Message"]))

    def clusters(self) -> dict[str, str]:
        """The states of all clusters by their names."""
        listed = self.aws.client("emr", self.account).list_clusters()["Clusters"]
        return {cluster["Name"]: cluster["Status"]["State"] for cluster in listed}


def ingestion(aws: RunningServer, account: str, compute: str, change: dict[str, Any] | None = None) -> Ingestion:
    """A state machine as it is deployed, but that its waits between tries are shorter.

    `change` replaces parts of states, or all of one where it says a type.
    """
    topics = {name: _topic(aws, account, name) for name in ("the-alarms", "the-notices")}
    deploy(aws, account, "the-ingest", FUNCTION)
    artifacts = _upload(aws, account)
    definition = _definition(compute).replace(_ACCOUNT, account).replace("the-artifacts", artifacts)
    if compute == "emr":
        definition = _for_clusters(aws, account, definition)
    if compute == "emr-serverless":
        role(aws, account, "emr-serverless.amazonaws.com", "the-ingest-serverless")
        definition = definition.replace('"00f1"', json.dumps(application(aws, account)))
    if compute == "glue":
        job(aws, account, "the-ingest", JOB, ExecutionProperty={"MaxConcurrentRuns": 5})
    document = _hastened(json.loads(definition))
    for path, part in (change or {}).items():
        state = _at(document, path)
        if "Type" in part:
            state.clear()
        state.update(part)
    arn = aws.client("stepfunctions", account).create_state_machine(
        name=f"ingest-{compute}",
        definition=json.dumps(document),
        roleArn=role(aws, account, "states.amazonaws.com"),
    )["stateMachineArn"]
    return Ingestion(aws, account, arn, topics["the-alarms"], topics["the-notices"])


def _definition(compute: str) -> str:
    """The definition, by the very code that stacks use."""
    program = (
        "require('./tools/typescript.cjs');"
        "const { definitionOf } = require('./test/modules/ingestion/machines.ts');"
        "console.log(JSON.stringify(definitionOf(process.argv[1])));"
    )
    done = subprocess.run(["node", "-e", program, compute], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def _hastened(value: Any) -> Any:
    if isinstance(value, list):
        return [_hastened(item) for item in value]
    if not isinstance(value, dict):
        return value
    # A second is the shortest wait that there is.
    shorter = {"IntervalSeconds": 1, "MaxAttempts": 1} if "IntervalSeconds" in value else {}
    return {**{key: _hastened(item) for key, item in value.items()}, **shorter}


def _at(document: Any, path: str) -> dict[str, Any]:
    """The state at a path: `Map/*/State` is one inside a map."""
    found: dict[str, Any] = document
    for part in path.split("/"):
        found = found["ItemProcessor"] if part == "*" else found["States"][part]
    return found


def _topic(aws: RunningServer, account: str, name: str) -> str:
    url, arn = queue(aws, account, name)
    topic = aws.client("sns", account).create_topic(Name=name)["TopicArn"]
    aws.client("sns", account).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def _upload(aws: RunningServer, account: str) -> str:
    name = bucket(aws, account, "the-artifacts")
    files = {
        _SCRIPT: JOB,
        "spark/library/2.zip": _empty_zip(),
        "spark/jars/3.jar": _empty_zip(),
        "spark/authorities/rds-ca.pem": "",
    }
    for key, content in files.items():
        aws.client("s3", account).put_object(Bucket=name, Key=key, Body=content)
    return name


def _empty_zip() -> bytes:
    return b"PK\x05\x06" + bytes(18)


def _for_clusters(aws: RunningServer, account: str, definition: str) -> str:
    iam, ec2 = aws.client("iam", account), aws.client("ec2", account)
    role(aws, account, "elasticmapreduce.amazonaws.com", "the-ingest-emr")
    role(aws, account, "ec2.amazonaws.com", "the-ingest-machines")
    iam.create_instance_profile(InstanceProfileName="the-ingest-nodes")
    iam.add_role_to_instance_profile(InstanceProfileName="the-ingest-nodes", RoleName="the-ingest-machines")
    aws.client("emr", account).create_security_configuration(
        Name="the-ingest", SecurityConfiguration=json.dumps({"EncryptionConfiguration": {}})
    )
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for number, name in enumerate(("subnet-a", "subnet-b")):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        definition = definition.replace(f'"{name}"', f'"{made}"')
    for name in ("sg-1", "sg-2", "sg-3"):
        made = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        definition = definition.replace(f'"{name}"', f'"{made}"')
    return definition
