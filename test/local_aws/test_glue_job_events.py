"""EventBridge hears how runs of Glue jobs end."""

import json

from .conftest import wait_until
from .jobs import ended, job, start

RULE = "failed-jobs"


def queue_of_failures(aws, account):
    """A queue that hears of failed runs; its URL."""
    sqs, events = aws.client("sqs", account), aws.client("events", account)
    url = sqs.create_queue(QueueName=RULE)["QueueUrl"]
    arn = f"arn:aws:sqs:{sqs.meta.region_name}:{account}:{RULE}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [statement]})})
    pattern = {
        "source": ["aws.glue"],
        "detail-type": ["Glue Job State Change"],
        "detail": {"jobName": ["fails", "works"], "state": ["FAILED", "TIMEOUT"]},
    }
    events.put_rule(Name=RULE, EventPattern=json.dumps(pattern))
    paths = {"job": "$.detail.jobName", "run": "$.detail.jobRunId", "reason": "$.detail.message"}
    template = '{"job": <job>, "run": <run>, "reason": <reason>}'
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    events.put_targets(Rule=RULE, Targets=[{"Id": "queue", "Arn": arn, "InputTransformer": transformer}])
    return url


def test_rules_hear_of_failed_runs_and_only_of_those_they_ask_for(aws, account):
    url = queue_of_failures(aws, account)
    job(aws, account, "works", "print('fine')")
    assert ended(aws, account, "works", start(aws, account, "works"))["JobRunState"] == "SUCCEEDED"
    for name in ("other", "fails"):
        job(aws, account, name, "raise ValueError('no such table')")
        run_id = start(aws, account, name)
        assert ended(aws, account, name, run_id)["JobRunState"] == "FAILED"
    sqs = aws.client("sqs", account)
    [message] = wait_until(lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"), 5)
    told = json.loads(message["Body"])
    assert (told["job"], told["run"]) == ("fails", run_id)
    assert told["reason"].startswith("JobName:fails and JobRunId:jr_")
    assert told["reason"].endswith("ValueError: no such table")
