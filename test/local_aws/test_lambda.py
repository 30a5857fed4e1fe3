"""Functions: what they see, what they answer, and what happens when they go wrong."""

import io
import json
import platform
import threading
import time
import zipfile

import pytest

from .conftest import REGION, ROOT, wait_until
from .functions import deploy, invoke, logged, role, wait_for_line, zipped
from .helpers import bucket, queue, receive, refusal

ECHO = "export const handler = async (event) => event;"
PID = "export const handler = async () => process.pid;"


def failed(aws, account, name, event=None):
    """The error document of a function that must fail."""
    answer = aws.client("lambda", account).invoke(FunctionName=name, Payload=json.dumps(event or {}))
    assert answer["FunctionError"] == "Unhandled"
    return json.loads(answer["Payload"].read())


def test_a_function_answers_its_event(aws, account):
    deploy(aws, account, "echo", ECHO)
    event = {"a": [1, "ü\n"], "lines": "\u2028 \u2029 \r"}
    assert invoke(aws, account, "echo", event) == event
    raw = json.dumps(event, ensure_ascii=False, indent=1).encode()
    answer = aws.client("lambda", account).invoke(FunctionName="echo", Payload=raw)
    assert json.loads(answer["Payload"].read()) == event


def test_workers_are_reused_until_code_or_configuration_changes(aws, account):
    deploy(aws, account, "warm", PID)
    client = aws.client("lambda", account)
    first = invoke(aws, account, "warm")
    assert invoke(aws, account, "warm") == first
    client.update_function_configuration(FunctionName="warm", Environment={"Variables": {"A": "1"}})
    second = invoke(aws, account, "warm")
    assert second != first
    client.update_function_code(FunctionName="warm", ZipFile=zipped(**{"index.mjs": PID + "// changed"}))
    assert invoke(aws, account, "warm") != second


def test_code_from_a_bucket_is_the_named_version(aws, account):
    s3, name = aws.client("s3", account), bucket(aws, account, "code")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    source = "export const handler = async () => '{}';"
    versions = [
        s3.put_object(Bucket=name, Key="f.zip", Body=zipped(**{"index.mjs": source.format(n)}))["VersionId"]
        for n in ("one", "two")
    ]
    code = {"S3Bucket": name, "S3Key": "f.zip", "S3ObjectVersion": versions[0]}
    aws.client("lambda", account).create_function(
        FunctionName="f", Role=role(aws, account), Runtime="nodejs22.x", Handler="index.handler", Code=code
    )
    assert invoke(aws, account, "f") == "one"
    aws.client("lambda", account).update_function_code(FunctionName="f", S3Bucket=name, S3Key="f.zip")
    assert invoke(aws, account, "f") == "two"


def test_the_environment_is_lambdas_and_nothing_else(aws, account):
    source = "import os from 'node:os'; export const handler = async () => ({...process.env, tmp: os.tmpdir()});"
    deploy(aws, account, "env", source, MemorySize=300, Environment={"Variables": {"MINE": "yes"}})
    found = invoke(aws, account, "env")
    assert (found["MINE"], found["TZ"], found["_HANDLER"]) == ("yes", ":UTC", "index.handler")
    assert (found["AWS_REGION"], found["AWS_LAMBDA_FUNCTION_NAME"]) == (REGION, "env")
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "300"
    assert found["AWS_ENDPOINT_URL"] == aws.endpoint
    assert found["tmp"] == found["TMPDIR"]
    expected = {"PATH", "HOME", "LANG", "TZ", "NODE_PATH", "TMPDIR", "MINE", "tmp", "_X_AMZN_TRACE_ID", "_HANDLER"}
    assert {name for name in found if not name.startswith(("AWS_", "LAMBDA_"))} == expected
    assert "Root=1-" in found["_X_AMZN_TRACE_ID"]


def test_a_function_acts_as_its_role(aws, account):
    source = """
    import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
    export const handler = async () => (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn;
    """
    deploy(aws, account, "who", source)
    assert invoke(aws, account, "who") == f"arn:aws:sts::{account}:assumed-role/functions/who"


def test_a_role_that_does_not_trust_lambda_is_refused(aws, account):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*"}]}
    arn = aws.client("iam", account).create_role(RoleName="person", AssumeRolePolicyDocument=json.dumps(trust))
    request = {"Runtime": "nodejs22.x", "Handler": "index.handler", "Code": {"ZipFile": zipped(**{"index.mjs": ECHO})}}
    call = aws.client("lambda", account).create_function
    _, code, message = refusal(lambda: call(FunctionName="f", Role=arn["Role"]["Arn"], **request))
    assert (code, message) == (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )


def test_thrown_errors(aws, account):
    deploy(aws, account, "boom", "export const handler = async () => { throw new TypeError('bad input'); };")
    error = failed(aws, account, "boom")
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "bad input")
    assert error["trace"][0] == "TypeError: bad input"
    assert any("Invoke Error" in line for line in logged(aws, account, "boom"))


def test_the_timeout_is_enforced_and_the_next_run_is_fresh(aws, account):
    source = "export const handler = async (e) => e.slow ? new Promise(() => setInterval(() => {}, 1000)) : 'fast';"
    deploy(aws, account, "slow", source, Timeout=1)
    started = time.monotonic()
    error = failed(aws, account, "slow", {"slow": True})
    assert 0.9 < time.monotonic() - started < 3
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert invoke(aws, account, "slow") == "fast"
    assert any("Task timed out after 1.00 seconds" in line for line in logged(aws, account, "slow"))


def test_a_blocked_event_loop_is_timed_out_too(aws, account):
    deploy(aws, account, "spin", "export const handler = async () => { for (;;); };", Timeout=1)
    assert failed(aws, account, "spin")["errorType"] == "Sandbox.Timedout"


def test_memory_is_enforced(aws, account):
    source = """
    export const handler = async () => {
      const held = [];
      for (;;) {
        held.push(Buffer.alloc(8 * 1024 * 1024, 1));
        await new Promise((done) => setTimeout(done, 10));
      }
    };"""
    deploy(aws, account, "greedy", source, MemorySize=192, Timeout=20)
    error = failed(aws, account, "greedy")
    assert error["errorType"] == "Runtime.OutOfMemory"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")


@pytest.mark.parametrize(
    ("code", "reason"),
    [(3, "Runtime exited with error: exit status 3"), (0, "Runtime exited without providing a reason")],
)
def test_a_function_that_ends_its_process(aws, account, code, reason):
    deploy(
        aws, account, "dies", f"export const handler = async () => {{ console.log('last'); process.exit({code}); }};"
    )
    error = failed(aws, account, "dies")
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(f"Error: {reason}")
    assert any("last" in line for line in logged(aws, account, "dies"))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import x from 'nope'; export const handler = x;", "Runtime.ImportModuleError"),
        ("export const other = 1;", "Runtime.HandlerNotFound"),
        ("export const handler = ;", "Runtime.UserCodeSyntaxError"),
        ("throw new RangeError('at start');", "RangeError"),
    ],
)
def test_functions_that_cannot_be_loaded(aws, account, source, kind):
    deploy(aws, account, "broken", source)
    assert failed(aws, account, "broken")["errorType"] == kind


def test_an_escaped_rejection_ends_the_run(aws, account):
    source = """
    export const handler = async () => {
      Promise.reject(new Error('lost'));
      await new Promise((done) => setTimeout(done, 500));
    };"""
    deploy(aws, account, "escape", source)
    assert failed(aws, account, "escape")["errorType"] == "Runtime.UnhandledPromiseRejection"


def test_callbacks_and_commonjs(aws, account):
    source = "exports.handler = (event, context, done) => setTimeout(() => done(null, context.functionName), 5);"
    deploy(aws, account, "callback", zipped(**{"src/main.js": source}), Handler="src/main.handler")
    assert invoke(aws, account, "callback") == "callback"


def test_a_bundle_sees_no_modules_of_the_project(aws, account):
    deploy(aws, account, "lonely", "import { z } from 'zod'; export const handler = async () => typeof z;")
    assert failed(aws, account, "lonely")["errorType"] == "Runtime.ImportModuleError"


def test_logs_are_framed_and_tailed(aws, account):
    deploy(
        aws,
        account,
        "chatty",
        "export const handler = async () => { console.log('one\\ntwo'); console.error('three'); };",
    )
    answer = aws.client("lambda", account).invoke(FunctionName="chatty", LogType="Tail")
    request = answer["ResponseMetadata"]["RequestId"]
    lines = logged(aws, account, "chatty")
    assert lines[0] == f"START RequestId: {request} Version: $LATEST"
    assert lines[1].split("\t")[1:] == [request, "INFO", "one\rtwo"]
    assert lines[2].split("\t")[2:] == ["ERROR", "three"]
    assert lines[3] == f"END RequestId: {request}"
    assert lines[4].startswith(f"REPORT RequestId: {request}\tDuration: ")
    assert "Init Duration: " in lines[4]


def test_a_line_without_an_end_is_logged_at_once(aws, account):
    deploy(aws, account, "open", "export const handler = async () => { process.stdout.write('no end'); };")
    invoke(aws, account, "open")
    started = time.monotonic()
    invoke(aws, account, "open")
    assert time.monotonic() - started < 1
    assert logged(aws, account, "open").count("no end") == 2


def test_the_logging_configuration_is_honoured(aws, account):
    logging = {"LogFormat": "JSON", "LogGroup": "/mine", "ApplicationLogLevel": "WARN", "SystemLogLevel": "WARN"}
    source = "export const handler = async () => { console.info('hidden'); console.warn({ shown: 1 }); };"
    deploy(aws, account, "json", source, LoggingConfig=logging)
    assert aws.client("lambda", account).get_function_configuration(FunctionName="json")["LoggingConfig"] == logging
    invoke(aws, account, "json")
    [line] = logged(aws, account, "json", "/mine")
    assert {"level": "WARN", "message": {"shown": 1}}.items() <= json.loads(line).items()


def test_layers_are_found_and_later_ones_win(aws, account):
    client = aws.client("lambda", account)
    name = bucket(aws, account, "layers")
    package = "nodejs/node_modules/greet/index.js"
    first = zipped(
        **{package: "module.exports = 'first';", "nodejs/node22/node_modules/deep/index.js": "module.exports = 1;"}
    )
    aws.client("s3", account).put_object(Bucket=name, Key="first.zip", Body=first)
    layers = [
        client.publish_layer_version(LayerName="first", Content={"S3Bucket": name, "S3Key": "first.zip"}),
        client.publish_layer_version(
            LayerName="second", Content={"ZipFile": zipped(**{package: "module.exports = 'second';"})}
        ),
    ]
    source = "exports.handler = async () => [require('greet'), require('deep')];"
    deploy(
        aws, account, "layered", zipped(**{"index.js": source}), Layers=[layer["LayerVersionArn"] for layer in layers]
    )
    assert invoke(aws, account, "layered") == ["second", 1]
    client.update_function_configuration(FunctionName="layered", Layers=[layers[0]["LayerVersionArn"]])
    assert invoke(aws, account, "layered") == ["first", 1]


def native_layer(aws, account, version):
    """A layer with DuckDB's JavaScript and the native build of another machine."""
    files, modules = {}, ROOT / "node_modules"
    for package in ("@duckdb/node-api", "@duckdb/node-bindings"):
        for path in (modules / package).rglob("*"):
            if path.suffix in (".js", ".json"):
                files[f"nodejs/node_modules/{path.relative_to(modules)}"] = path.read_bytes()
    other = "arm64" if platform.machine() in ("x86_64", "AMD64") else "x64"
    name = f"@duckdb/node-bindings-linux-{other}"
    manifest = {"name": name, "version": version, "os": ["linux"], "cpu": [other]}
    files[f"nodejs/node_modules/{name}/package.json"] = json.dumps(manifest)
    return aws.client("lambda", account).publish_layer_version(LayerName="duckdb", Content={"ZipFile": zipped(**files)})


DUCKDB = """
const { DuckDBInstance } = require("@duckdb/node-api");
exports.handler = async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  return (await connection.runAndReadAll("select 40 + 2")).getRows()[0][0];
};
"""


def test_a_native_layer_of_another_machine_uses_this_ones_build(aws, account):
    version = json.loads((ROOT / "node_modules/@duckdb/node-api/package.json").read_text())["version"]
    layer = native_layer(aws, account, version)["LayerVersionArn"]
    deploy(aws, account, "duck", zipped(**{"index.js": DUCKDB}), Layers=[layer], MemorySize=512)
    assert invoke(aws, account, "duck") == 42


def test_a_native_layer_of_another_version_fails_and_says_why(aws, account):
    layer = native_layer(aws, account, "0.0.1")["LayerVersionArn"]
    deploy(aws, account, "duck", zipped(**{"index.js": DUCKDB}), Layers=[layer])
    error = failed(aws, account, "duck")
    assert error["errorType"] == "Local.CannotRun"
    assert "is 0.0.1, but this machine's @duckdb/node-bindings-" in error["errorMessage"]


def test_reserved_concurrency_throttles(aws, account):
    deploy(aws, account, "single", "export const handler = async () => new Promise((done) => setTimeout(done, 1500));")
    client = aws.client("lambda", account)
    client.put_function_concurrency(FunctionName="single", ReservedConcurrentExecutions=1)
    running = threading.Thread(target=lambda: client.invoke(FunctionName="single"))
    running.start()
    time.sleep(0.5)
    status, code, _ = refusal(lambda: aws.client("lambda", account).invoke(FunctionName="single"))
    running.join()
    assert (status, code) == (429, "TooManyRequestsException")
    client.put_function_concurrency(FunctionName="single", ReservedConcurrentExecutions=0)
    assert refusal(lambda: client.invoke(FunctionName="single"))[0] == 429


def test_events_are_tried_three_times_and_then_dead(aws, account):
    url, arn = queue(aws, account, "dead")
    source = "export const handler = async () => { console.log('tried'); throw new Error('no'); };"
    deploy(aws, account, "async", source, DeadLetterConfig={"TargetArn": arn})
    answer = aws.client("lambda", account).invoke(FunctionName="async", InvocationType="Event", Payload='{"n":1}')
    assert answer["StatusCode"] == 202
    [message] = receive(aws, account, url, MessageAttributeNames=["All"])
    assert json.loads(message["Body"]) == {"n": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"
    assert len([line for line in logged(aws, account, "async") if line.endswith("\ttried")]) == 3


def test_failed_events_go_to_their_destination(aws, account):
    url, arn = queue(aws, account, "failed")
    deploy(aws, account, "async", "export const handler = async () => { throw new Error('no'); };")
    client = aws.client("lambda", account)
    client.put_function_event_invoke_config(
        FunctionName="async", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    client.invoke(FunctionName="async", InvocationType="Event", Payload='{"n":1}')
    report = json.loads(receive(aws, account, url)[0]["Body"])
    assert report["requestContext"]["condition"] == "RetriesExhausted"
    assert (report["requestPayload"], report["responsePayload"]["errorMessage"]) == ({"n": 1}, "no")


def test_the_configuration_of_events_is_replaced(aws, account):
    deploy(aws, account, "async", ECHO)
    client = aws.client("lambda", account)
    client.put_function_event_invoke_config(FunctionName="async", MaximumRetryAttempts=0)
    client.put_function_event_invoke_config(FunctionName="async", MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(FunctionName="async", MaximumEventAgeInSeconds=600)
    found = client.get_function_event_invoke_config(FunctionName="async")
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (1, 600)


def test_a_notification_runs_a_function(aws, account):
    arn = deploy(aws, account, "direct", "export const handler = async (e) => console.log(e.Records[0].s3.object.key);")
    name = bucket(aws, account, "direct")
    configuration = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    request = {"Bucket": name, "NotificationConfiguration": {"LambdaFunctionConfigurations": [configuration]}}
    s3 = aws.client("s3", account)
    assert refusal(lambda: s3.put_bucket_notification_configuration(**request))[1] == "InvalidArgument"
    aws.client("lambda", account).add_permission(
        FunctionName="direct", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{name}", SourceAccount=account,
    )  # fmt: skip
    s3.put_bucket_notification_configuration(**request)
    aws.client("s3", account).put_object(Bucket=name, Key="in/x", Body=b"")
    wait_for_line(aws, account, "direct", "in/x")


def test_a_configuration_is_answered_as_it_was_put(aws, account):
    _, dead = queue(aws, account, "dead")
    deploy(
        aws, account, "full", ECHO, DeadLetterConfig={"TargetArn": dead}, EphemeralStorage={"Size": 1024},
        TracingConfig={"Mode": "Active"},
    )  # fmt: skip
    client = aws.client("lambda", account)
    found = client.get_function_configuration(FunctionName="full")
    assert (found["DeadLetterConfig"], found["TracingConfig"]) == ({"TargetArn": dead}, {"Mode": "Active"})
    assert found["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/full"}
    client.update_function_configuration(
        FunctionName="full", DeadLetterConfig={"TargetArn": ""}, EphemeralStorage={"Size": 2048},
        TracingConfig={"Mode": "PassThrough"}, LoggingConfig={"LogGroup": "/other"}, Environment={},
    )  # fmt: skip
    found = client.get_function_configuration(FunctionName="full")
    assert "DeadLetterConfig" not in found
    assert (found["EphemeralStorage"], found["TracingConfig"]) == ({"Size": 2048}, {"Mode": "PassThrough"})
    assert found["LoggingConfig"]["LogGroup"] == "/other"


def test_a_function_says_which_vpc_its_subnets_are_in(aws, account):
    ec2 = aws.client("ec2", account)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="f", Description="d", VpcId=vpc)["GroupId"]
    deploy(aws, account, "inside", ECHO, VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group]})
    found = aws.client("lambda", account).get_function_configuration(FunctionName="inside")["VpcConfig"]
    assert (found["VpcId"], found["SubnetIds"], found["SecurityGroupIds"]) == (vpc, [subnet], [group])


def test_code_that_is_too_large_or_no_zip_is_refused(aws, account):
    def create(name, code):
        return refusal(lambda: deploy(aws, account, name, code))[1:]

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("large", bytes(262144001))
    too_large = ("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes")
    assert create("large", packed.getvalue()) == too_large
    assert create("broken", b"no zip")[1].startswith("Could not unzip uploaded file")


def test_bad_requests(aws, account):
    deploy(aws, account, "echo", ECHO)
    client = aws.client("lambda", account)
    assert refusal(lambda: client.invoke(FunctionName="echo", Payload="{"))[:2] == (
        400,
        "InvalidRequestContentException",
    )
    assert refusal(lambda: client.invoke(FunctionName="none"))[:2] == (404, "ResourceNotFoundException")
    assert refusal(lambda: client.invoke(FunctionName="echo", Payload='"' + "x" * 6_300_000 + '"'))[0] == 413


def test_other_runtimes_fail_and_say_so(aws, account):
    deploy(aws, account, "snake", zipped(**{"index.py": "def handler(e, c): return 1"}), Runtime="python3.12")
    assert failed(aws, account, "snake")["errorMessage"].startswith("The runtime python3.12 is not emulated")


def test_an_alias_runs_its_version(aws, account):
    deploy(aws, account, "versioned", "export const handler = async (e, c) => c.functionVersion;")
    client = aws.client("lambda", account)
    client.publish_version(FunctionName="versioned")
    client.create_alias(FunctionName="versioned", Name="live", FunctionVersion="1")
    assert invoke(aws, account, "versioned", Qualifier="live") == "1"
    assert invoke(aws, account, "versioned") == "$LATEST"


def test_deleting_a_function_stops_its_workers(aws, account):
    from local.runtimes.memory import resident_megabytes

    deploy(aws, account, "gone", PID)
    pid = invoke(aws, account, "gone")
    assert resident_megabytes(pid) > 10
    aws.client("lambda", account).delete_function(FunctionName="gone")
    wait_until(lambda: resident_megabytes(pid) == 0)
