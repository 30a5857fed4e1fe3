"""Queues that feed functions: batches, partial failures, poison messages, limits."""

import json
import time
from itertools import pairwise

import pytest

from local.runtimes.lambda_mappings import failed_items

from .conftest import wait_until
from .functions import deploy, logged, map_queue, wait_for_line, zipped
from .helpers import bucket, depth, lets_bucket_send, notify, queue, refusal

# Logs each body; fails the run for "boom", the item for "bad".
SOURCE = """
export const handler = async (event) => {
  const failures = [];
  for (const record of event.Records) {
    console.log(`got ${record.body} #${record.attributes.ApproximateReceiveCount}`);
    if (record.body === "boom") throw new Error("whole batch");
    if (record.body.startsWith("bad")) failures.push({ itemIdentifier: record.messageId });
  }
  console.log(`batch ${event.Records.length}`);
  return { batchItemFailures: failures };
};
"""


def feed(aws, account, source=SOURCE, *, settings=None, function=None, **attributes):
    """A queue with a dead-letter queue and a function behind it: queue URL, dead-letter queue URL, mapping id."""
    dead_url, dead = queue(aws, account, "dead")
    redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
    url, arn = queue(aws, account, "work", RedrivePolicy=redrive, **{"VisibilityTimeout": "2", **attributes})
    deploy(aws, account, "worker", source, **{"Timeout": 2, **(function or {})})
    mapping = {"FunctionResponseTypes": ["ReportBatchItemFailures"], **(settings or {})}
    return url, dead_url, map_queue(aws, account, "worker", arn, **mapping)


def send(aws, account, url, *bodies):
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    aws.client("sqs", account).send_message_batch(QueueUrl=url, Entries=entries)


def lines(aws, account, text):
    return [line for line in logged(aws, account, "worker") if text in line]


def test_a_poison_message_dies_after_three_receives_while_a_good_one_passes(aws, account):
    url, dead_url, _ = feed(aws, account)
    send(aws, account, url, "bad", "good")
    wait_until(lambda: depth(aws, account, dead_url)[0] == 1, 12)
    assert depth(aws, account, url) == (0, 0)
    assert len(lines(aws, account, "got good")) == 1
    assert [line.rsplit("#", 1)[1] for line in lines(aws, account, "got bad")] == ["1", "2", "3"]


def test_a_thrown_error_brings_the_whole_batch_back(aws, account):
    url, dead_url, _ = feed(aws, account, VisibilityTimeout="1", function={"Timeout": 1})
    send(aws, account, url, "good", "boom")
    wait_until(lambda: depth(aws, account, dead_url)[0] == 2, 12)
    assert len(lines(aws, account, "got good")) == 3


def test_without_item_failures_the_answer_does_not_count(aws, account):
    url, _, _ = feed(aws, account, settings={"FunctionResponseTypes": []})
    send(aws, account, url, "bad")
    wait_until(lambda: depth(aws, account, url) == (0, 0))
    assert len(lines(aws, account, "got bad")) == 1


def test_a_window_collects_a_batch(aws, account):
    url, _, _ = feed(aws, account, settings={"BatchSize": 20, "MaximumBatchingWindowInSeconds": 1})
    send(aws, account, url, *(f"a{n}" for n in range(8)))
    send(aws, account, url, *(f"b{n}" for n in range(8)))
    wait_for_line(aws, account, "worker", "got", 16)
    sizes = [int(line.split("batch ")[1]) for line in lines(aws, account, "batch ")]
    assert sum(sizes) == 16
    assert max(sizes) > 10 or len(sizes) <= 3


def test_nothing_is_delivered_twice_while_batches_run_side_by_side(aws, account):
    slow = SOURCE.replace("const failures", "await new Promise((done) => setTimeout(done, 50)); const failures")
    url, _, _ = feed(aws, account, slow, settings={"BatchSize": 3}, VisibilityTimeout="30")
    for start in range(0, 60, 10):
        send(aws, account, url, *(f"<{start + n}>" for n in range(10)))
    wait_for_line(aws, account, "worker", "got", 60)
    wait_until(lambda: depth(aws, account, url) == (0, 0))
    assert len(lines(aws, account, "got")) == 60
    assert len({line.split("got ")[1] for line in lines(aws, account, "got")}) == 60


def test_batches_run_in_parallel_up_to_the_reserved_concurrency(aws, account):
    source = """
    export const handler = async () => {
      const from = Date.now();
      await new Promise((done) => setTimeout(done, 300));
      console.log(`span ${from} ${Date.now()}`);
    };"""
    url, _, _ = feed(aws, account, source, settings={"BatchSize": 1}, VisibilityTimeout="30")

    def overlaps(count):
        spans = sorted(tuple(map(int, line.split("span ")[1].split())) for line in lines(aws, account, "span"))[-count:]
        return any(later[0] < earlier[1] - 50 for earlier, later in pairwise(spans))

    send(aws, account, url, *"abcdef")
    wait_for_line(aws, account, "worker", "span", 6)
    assert overlaps(6)
    aws.client("lambda", account).put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=1)
    time.sleep(1.2)
    send(aws, account, url, *"ghij")
    wait_for_line(aws, account, "worker", "span", 10)
    assert not overlaps(4)


def test_the_functions_own_visibility_change_is_honoured(aws, account):
    source = """
    const { SQSClient, ChangeMessageVisibilityCommand } = require("@aws-sdk/client-sqs");
    exports.handler = async (event) => {
      const [{ receiptHandle, messageId, attributes }] = event.Records;
      console.log(`try ${attributes.ApproximateReceiveCount} ${Date.now()}`);
      const change = { QueueUrl: process.env.QUEUE, ReceiptHandle: receiptHandle, VisibilityTimeout: 3 };
      await new SQSClient({}).send(new ChangeMessageVisibilityCommand(change));
      return { batchItemFailures: [{ itemIdentifier: messageId }] };
    };"""
    environment = {"Variables": {"QUEUE": f"{aws.endpoint}/{account}/work"}}
    url, _, _ = feed(
        aws, account, zipped(**{"index.js": source}), function={"Environment": environment}, VisibilityTimeout="30"
    )
    send(aws, account, url, "x")
    found = [line.split()[-1] for line in wait_for_line(aws, account, "worker", "try", 2)]
    assert 2900 < int(found[1]) - int(found[0]) < 4500


def test_a_disabled_mapping_leaves_messages_alone(aws, account):
    url, _, mapping = feed(aws, account)
    client = aws.client("lambda", account)
    send(aws, account, url, "first")
    wait_for_line(aws, account, "worker", "got first")
    client.update_event_source_mapping(UUID=mapping, Enabled=False)
    send(aws, account, url, "second")
    time.sleep(1)
    assert depth(aws, account, url) == (1, 0)
    client.update_event_source_mapping(UUID=mapping, Enabled=True)
    wait_for_line(aws, account, "worker", "got second")
    client.delete_event_source_mapping(UUID=mapping)
    send(aws, account, url, "third")
    time.sleep(1)
    assert depth(aws, account, url) == (1, 0)


def test_dead_letters_run_again_after_a_redrive(aws, account):
    switch = SOURCE.replace('record.body.startsWith("bad")', "process.env.BROKEN")
    broken = {"Environment": {"Variables": {"BROKEN": "1"}}, "Timeout": 1}
    url, dead_url, _ = feed(aws, account, switch, function=broken, VisibilityTimeout="1")
    send(aws, account, url, "x")
    wait_until(lambda: depth(aws, account, dead_url)[0] == 1)
    aws.client("lambda", account).update_function_configuration(FunctionName="worker", Environment={"Variables": {}})
    arn = aws.client("sqs", account).get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
    aws.client("sqs", account).start_message_move_task(SourceArn=arn["Attributes"]["QueueArn"])
    wait_until(lambda: len(lines(aws, account, "got x #1")) == 2)
    wait_until(lambda: depth(aws, account, url) == depth(aws, account, dead_url) == (0, 0))


def test_from_bucket_to_function(aws, account):
    source = """
    const { S3Client, GetObjectCommand } = require("@aws-sdk/client-s3");
    exports.handler = async (event) => {
      for (const { body } of event.Records) {
        const message = JSON.parse(body);
        if (message.Event === "s3:TestEvent") continue;
        const { bucket, object } = message.Records[0].s3;
        const Key = decodeURIComponent(object.key.replaceAll("+", " "));
        const found = await new S3Client({}).send(new GetObjectCommand({ Bucket: bucket.name, Key }));
        console.log(`read ${Key}: ${await found.Body.transformToString()} ${found.Metadata.by}`);
      }
    };"""
    url, _, _ = feed(aws, account, zipped(**{"index.js": source}), VisibilityTimeout="10")
    name = bucket(aws, account, "drop")
    arn = f"arn:aws:sqs:eu-west-1:{account}:work"
    policy = json.dumps(lets_bucket_send(arn, name, account))
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    notify(aws, account, name, arn)
    aws.client("s3", account).put_object(Bucket=name, Key="in/a b.csv", Body=b"1,2", Metadata={"by": "me"})
    wait_for_line(aws, account, "worker", "read in/a b.csv: 1,2 me")


def test_mappings_that_aws_refuses_or_this_cannot_do(aws, account):
    _, arn = queue(aws, account, "short", VisibilityTimeout="5")
    deploy(aws, account, "worker", SOURCE, Timeout=10)
    status, code, message = refusal(lambda: map_queue(aws, account, "worker", arn))
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message == "Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds"
    _, long = queue(aws, account, "long", VisibilityTimeout="50")
    filters = {"Filters": [{"Pattern": "{}"}]}
    assert refusal(lambda: map_queue(aws, account, "worker", long, FilterCriteria=filters))[0] == 501
    assert refusal(lambda: map_queue(aws, account, "worker", long, BatchSize=11))[1] == "InvalidParameterValueException"
    map_queue(aws, account, "worker", long)
    assert refusal(lambda: map_queue(aws, account, "worker", long))[:2] == (409, "ResourceConflictException")
    _, fifo = queue(aws, account, "first.fifo", FifoQueue="true")
    assert refusal(lambda: map_queue(aws, account, "worker", fifo))[0] == 501


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "other"}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, None),
        ({"batchItemFailures": [{"item": "a"}]}, None),
        ({"batchItemFailures": "a"}, None),
        ("text", None),
    ],
)
def test_what_counts_as_failed(answer, expected):
    assert failed_items(json.dumps(answer), {"a", "b"}) == expected
