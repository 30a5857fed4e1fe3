"""Clusters of EMR: how they live, what they refuse, and how their steps run and end."""

import json

import pytest

from . import emr_clusters as emr
from .conftest import REGION, wait_until
from .emr_clusters import FAILS, OK, SLEEP, add, cluster, described, emr_server, ended, program, reached, status, step
from .functions import zipped
from .helpers import refusal
from .jobs import code_bucket, role, upload
from .test_glue_jobs import assert_silent, beating


@pytest.fixture(scope="module")
def emr_aws(tmp_path_factory):
    yield from emr_server(tmp_path_factory.mktemp("emr"), "--spark-processes", "2")


def test_a_cluster_starts_waits_and_is_described(emr_aws, account):
    ec2 = emr_aws.client("ec2", account)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="nodes", Description="d", VpcId=vpc)["GroupId"]
    client = emr_aws.client("emr", account)
    client.create_security_configuration(Name="secure", SecurityConfiguration="{}")
    fleets = [emr.fleet(), emr.fleet("CORE", TargetSpotCapacity=2)]
    names = ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup")
    instances = {"InstanceFleets": fleets, "Ec2SubnetIds": [subnet], **dict.fromkeys(names, group)}
    scaling = {
        "ComputeLimits": {"UnitType": "InstanceFleetUnits", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 4}
    }
    cluster_id = cluster(
        emr_aws,
        account,
        instances,
        SecurityConfiguration="secure",
        ManagedScalingPolicy=scaling,
        AutoTerminationPolicy={"IdleTimeout": 3600},
        StepConcurrencyLevel=3,
        Tags=[{"Key": "lake", "Value": "yes"}],
    )
    assert described(emr_aws, account, cluster_id)["Status"]["State"] in ("STARTING", "BOOTSTRAPPING")
    found = reached(emr_aws, account, cluster_id, "WAITING")
    assert found["ClusterArn"] == f"arn:aws:elasticmapreduce:{REGION}:{account}:cluster/{cluster_id}"
    assert found["Status"]["Timeline"]["ReadyDateTime"] >= found["Status"]["Timeline"]["CreationDateTime"]
    assert (found["StepConcurrencyLevel"], found["SecurityConfiguration"]) == (3, "secure")
    assert (found["AutoTerminate"], found["InstanceCollectionType"]) == (False, "INSTANCE_FLEET")
    assert found["Ec2InstanceAttributes"]["Ec2SubnetId"] == subnet
    assert found["Ec2InstanceAttributes"]["ServiceAccessSecurityGroup"] == group
    assert found["Tags"] == [{"Key": "lake", "Value": "yes"}]
    described_fleets = client.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"]
    assert [(fleet["InstanceFleetType"], fleet["Status"]["State"]) for fleet in described_fleets] == [
        ("MASTER", "RUNNING"),
        ("CORE", "RUNNING"),
    ]
    assert described_fleets[1]["ProvisionedSpotCapacity"] == 2
    assert client.get_managed_scaling_policy(ClusterId=cluster_id)["ManagedScalingPolicy"] == scaling
    assert client.get_auto_termination_policy(ClusterId=cluster_id)["AutoTerminationPolicy"] == {"IdleTimeout": 3600}
    client.add_tags(ResourceId=cluster_id, Tags=[{"Key": "more", "Value": "1"}])
    client.remove_tags(ResourceId=cluster_id, TagKeys=["lake"])
    assert described(emr_aws, account, cluster_id)["Tags"] == [{"Key": "more", "Value": "1"}]


def test_clusters_are_listed_by_state_and_age(emr_aws, account):
    client = emr_aws.client("emr", account)
    first = cluster(emr_aws, account)
    reached(emr_aws, account, first, "WAITING")
    client.terminate_job_flows(JobFlowIds=[first])
    gone = reached(emr_aws, account, first, "TERMINATED")
    assert gone["Status"]["StateChangeReason"] == {"Code": "USER_REQUEST", "Message": "Terminated by user request"}
    second = cluster(emr_aws, account, Name="second")
    reached(emr_aws, account, second, "WAITING")

    def ids(**request):
        return [entry["Id"] for entry in client.list_clusters(**request)["Clusters"]]

    assert ids() == [second, first]
    assert ids(ClusterStates=["WAITING"]) == [second]
    assert ids(ClusterStates=["TERMINATED", "TERMINATED_WITH_ERRORS"]) == [first]
    moment = described(emr_aws, account, second)["Status"]["Timeline"]["CreationDateTime"]
    assert ids(CreatedBefore=moment) == [first]


def test_a_step_is_a_program_with_the_roles_credentials_and_its_files(emr_aws, account):
    source = """
import sys, json, os, boto3, helper, lib.deep
out = {"arguments": sys.argv[1:], "who": boto3.client("sts").get_caller_identity()["Arn"]}
out["modules"] = [helper.NAME, lib.deep.NAME]
out["beside"] = [open(name).read() for name in ("note.txt", "renamed.txt")]
out["environment"] = os.environ["STAGE"]
out["spark"] = "spark.sql.x=1" in os.environ["PYSPARK_SUBMIT_ARGS"]
out["own driver"] = "deployMode" not in os.environ["PYSPARK_SUBMIT_ARGS"]
out["own jar"] = "extra.jar" in os.environ["PYSPARK_SUBMIT_ARGS"]
boto3.client("s3").put_object(Bucket=sys.argv[1], Key="out.json", Body=json.dumps(out))
print("written")
print("a word", file=sys.stderr)
"""
    url, target = program(emr_aws, account, source), code_bucket(emr_aws, account)
    modules = [
        upload(emr_aws, account, "helper.py", "NAME = 'helper'"),
        upload(emr_aws, account, "lib.zip", zipped(**{"lib/__init__.py": "", "lib/deep.py": "NAME = 'deep'"})),
    ]
    note, jar = upload(emr_aws, account, "note.txt", "beside"), upload(emr_aws, account, "extra.jar", "")
    configuration = {"Classification": "spark-defaults", "Properties": {"spark.sql.x": "1"}}
    cluster_id = cluster(emr_aws, account, Configurations=[configuration])
    options = ("--py-files", ",".join(modules), "--files", f"{note},{note}#renamed.txt", "--jars", jar)
    options += ("--conf", "spark.yarn.appMasterEnv.STAGE=test", "--num-executors", "4")
    [step_id] = add(emr_aws, account, cluster_id, step(url, target, "--table", "a b", options=options))
    done = ended(emr_aws, account, cluster_id, step_id)
    assert done["State"] == "COMPLETED", done
    assert done["Timeline"]["EndDateTime"] >= done["Timeline"]["StartDateTime"]
    out = json.loads(emr_aws.client("s3", account).get_object(Bucket=target, Key="out.json")["Body"].read())
    assert out == {
        "arguments": [target, "--table", "a b"],
        "who": f"arn:aws:sts::{account}:assumed-role/node/i-{cluster_id[2:].lower()}",
        "modules": ["helper", "deep"],
        "beside": ["beside", "beside"],
        "environment": "test",
        "spark": True,
        "own driver": True,
        "own jar": True,
    }
    logs = f"logs/{cluster_id}/steps/{step_id}"
    assert emr.text(emr_aws, account, f"{logs}/stdout.gz") == "written\n"
    assert emr.text(emr_aws, account, f"{logs}/stderr.gz") == "a word\n"
    assert "Step succeeded with exitCode 0" in emr.text(emr_aws, account, f"{logs}/controller.gz")


def test_authorities_of_rds_are_joined_by_that_of_the_local_databases(emr_aws, account):
    source = "import sys\nsys.exit(open('rds-ca.pem').read().count('BEGIN CERTIFICATE') - 1)\n"
    trusted = upload(emr_aws, account, "trust/rds-ca.pem", "# authorities of RDS\n")
    cluster_id = cluster(emr_aws, account)
    url = program(emr_aws, account, source)
    [step_id] = add(emr_aws, account, cluster_id, step(url, options=("--files", trusted)))
    assert ended(emr_aws, account, cluster_id, step_id)["State"] == "COMPLETED"


def test_a_failed_step_tells_its_last_exception_and_where_its_log_is(emr_aws, account):
    cluster_id = cluster(emr_aws, account)
    [step_id] = add(emr_aws, account, cluster_id, step(program(emr_aws, account, FAILS)))
    done = ended(emr_aws, account, cluster_id, step_id)
    log_file = f"s3://{code_bucket(emr_aws, account)}/logs/{cluster_id}/steps/{step_id}/stderr.gz"
    assert done["State"] == "FAILED"
    assert done["FailureDetails"]["Message"] == "CountRefusedError: 3 of 5 rows"
    assert done["FailureDetails"]["LogFile"] == log_file
    assert "Step failed with exitCode 1" in emr.text(
        emr_aws, account, f"logs/{cluster_id}/steps/{step_id}/controller.gz"
    )
    waits = reached(emr_aws, account, cluster_id, "WAITING")
    assert waits["Status"]["StateChangeReason"]["Message"] == "Cluster ready after last step failed."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Jar": "s3://bucket/own.jar"}, "only command-runner.jar"),
        ({"Args": ["hive-script", "--run-hive-script"]}, "command-runner.jar hive-script: only spark-submit"),
        ({"Args": ["spark-submit"]}, "the program is missing"),
        ({"Args": ["spark-submit", "--class", "a.B", "s3://b/a.jar"]}, "--class: only Python programs"),
        ({"Args": ["spark-submit", "--packages", "a:b:1", "s3://b/a.py"]}, "--packages: packages are not fetched"),
        ({"Args": ["spark-submit", "--archives", "s3://b/a.zip", "s3://b/a.py"]}, "--archives: archives"),
        ({"Args": ["spark-submit", "--proxy-user", "x", "s3://b/a.py"]}, "--proxy-user: this option"),
        ({"Args": ["spark-submit", "--conf", "a", "s3://b/a.py"]}, "--conf: 'a' is not key=value"),
        ({"Args": ["spark-submit", "--conf"]}, "--conf: a value is missing"),
        ({"Args": ["spark-submit", "--master", "local[2]", "s3://b/a.py"]}, "--master local[2]"),
        ({"Args": ["spark-submit", "--deploy-mode", "x", "s3://b/a.py"]}, "--deploy-mode x"),
        ({"Args": ["spark-submit", "--files", "s3://b/f", "s3://b/a.py"]}, "--files: with --deploy-mode client"),
        ({"Args": ["spark-submit", "--jars", "/usr/lib/a.jar", "s3://b/a.py"]}, "--jars /usr/lib/a.jar"),
        ({"Args": ["spark-submit", "/home/hadoop/a.py"]}, "'/home/hadoop/a.py' is no s3:// URL"),
        ({"Args": ["spark-submit", "s3://no-such-bucket/a.py"]}, "Error downloading"),
    ],
)
def test_what_cannot_be_run_faithfully_fails_with_the_reason(emr_aws, account, change, reason):
    cluster_id = cluster(emr_aws, account)
    odd = step("s3://b/a.py")
    [step_id] = add(emr_aws, account, cluster_id, {**odd, "HadoopJarStep": {**odd["HadoopJarStep"], **change}})
    done = ended(emr_aws, account, cluster_id, step_id)
    assert done["State"] == "FAILED"
    assert reason in done["FailureDetails"]["Message"], done


MEETING = """
import sys, boto3, time
s3, bucket, own, other = boto3.client("s3"), *sys.argv[1:]
s3.put_object(Bucket=bucket, Key=own, Body=b"")
for _ in range(100):
    if s3.list_objects_v2(Bucket=bucket, Prefix=other)["KeyCount"]:
        sys.exit(0)
    time.sleep(0.1)
sys.exit("alone")
"""


def test_steps_run_side_by_side_as_far_as_the_cluster_allows(emr_aws, account):
    url, target = program(emr_aws, account, MEETING), code_bucket(emr_aws, account)
    cluster_id = cluster(emr_aws, account, StepConcurrencyLevel=2)
    pair = [step(url, target, "meet/a", "meet/b"), step(url, target, "meet/b", "meet/a")]
    ids = add(emr_aws, account, cluster_id, *pair)
    assert [ended(emr_aws, account, cluster_id, step_id)["State"] for step_id in ids] == ["COMPLETED", "COMPLETED"]


def test_one_step_waits_for_the_other_by_default(emr_aws, account):
    cluster_id = cluster(emr_aws, account)
    first, second = add(emr_aws, account, cluster_id, *[step(program(emr_aws, account, SLEEP))] * 2)
    wait_until(lambda: status(emr_aws, account, cluster_id, first)["State"] == "RUNNING")
    assert status(emr_aws, account, cluster_id, second)["State"] == "PENDING"
    client = emr_aws.client("emr", account)

    def ids(**request):
        return [entry["Id"] for entry in client.list_steps(ClusterId=cluster_id, **request)["Steps"]]

    assert ids() == [second, first]
    assert ids(StepStates=["PENDING"]) == [second]
    assert ids(StepIds=[first]) == [first]
    client.terminate_job_flows(JobFlowIds=[cluster_id])


def test_steps_are_cancelled_whether_they_wait_or_run(emr_aws, account, tmp_path):
    cluster_id = cluster(emr_aws, account)
    url = program(emr_aws, account, beating(tmp_path / "beat"))
    first, second = add(emr_aws, account, cluster_id, step(url), step(url))
    wait_until((tmp_path / "beat").exists)
    client = emr_aws.client("emr", account)
    answers = client.cancel_steps(ClusterId=cluster_id, StepIds=[second, first])["CancelStepsInfoList"]
    assert [(entry["StepId"], entry["Status"]) for entry in answers] == [(second, "SUBMITTED"), (first, "SUBMITTED")]
    assert [ended(emr_aws, account, cluster_id, step_id)["State"] for step_id in (first, second)] == ["CANCELLED"] * 2
    assert_silent(tmp_path / "beat")
    again = client.cancel_steps(ClusterId=cluster_id, StepIds=[first])["CancelStepsInfoList"]
    assert [entry["Status"] for entry in again] == ["FAILED"]


def test_a_failure_cancels_the_steps_that_wait(emr_aws, account):
    cluster_id = cluster(emr_aws, account)
    fails = step(program(emr_aws, account, FAILS), ActionOnFailure="CANCEL_AND_WAIT")
    ids = add(emr_aws, account, cluster_id, fails, step(program(emr_aws, account, OK, "ok")))
    assert [ended(emr_aws, account, cluster_id, step_id)["State"] for step_id in ids] == ["FAILED", "CANCELLED"]
    reached(emr_aws, account, cluster_id, "WAITING")


@pytest.mark.parametrize("protected", [False, True])
def test_a_failure_ends_the_cluster_unless_it_is_protected(emr_aws, account, protected):
    fails = step(program(emr_aws, account, FAILS), ActionOnFailure="TERMINATE_CLUSTER")
    waits = step(program(emr_aws, account, OK, "ok"))
    cluster_id = cluster(emr_aws, account, {"TerminationProtected": protected}, Steps=[fails, waits])
    found = reached(emr_aws, account, cluster_id, "WAITING", "TERMINATED_WITH_ERRORS")
    steps = emr_aws.client("emr", account).list_steps(ClusterId=cluster_id)["Steps"]
    assert [entry["Status"]["State"] for entry in steps] == ["CANCELLED", "FAILED"]
    if protected:
        assert found["Status"]["State"] == "WAITING"
    else:
        assert found["Status"]["StateChangeReason"] == {"Code": "STEP_FAILURE", "Message": "Shut down as step failed"}


def test_termination_kills_running_steps(emr_aws, account, tmp_path):
    url = program(emr_aws, account, beating(tmp_path / "beat"))
    cluster_id = cluster(emr_aws, account, Steps=[step(url), step(url)])
    wait_until((tmp_path / "beat").exists)
    client = emr_aws.client("emr", account)
    client.terminate_job_flows(JobFlowIds=[cluster_id])
    reached(emr_aws, account, cluster_id, "TERMINATED")
    assert_silent(tmp_path / "beat")
    steps = client.list_steps(ClusterId=cluster_id)["Steps"]
    assert [entry["Status"]["State"] for entry in steps] == ["CANCELLED", "INTERRUPTED"]
    client.terminate_job_flows(JobFlowIds=[cluster_id])
    answer = refusal(lambda: add(emr_aws, account, cluster_id, step(url)))
    assert answer[1:] == (
        "ValidationException",
        "A job flow that is shutting down, terminated, or finished may not be modified.",
    )


def test_a_protected_cluster_is_not_terminated(emr_aws, account):
    client = emr_aws.client("emr", account)
    kept, other = cluster(emr_aws, account, {"TerminationProtected": True}), cluster(emr_aws, account)
    answer = refusal(lambda: client.terminate_job_flows(JobFlowIds=[kept, other]))
    assert answer[1] == "ValidationException"
    assert "termination protected" in answer[2]
    reached(emr_aws, account, other, "TERMINATED")
    assert described(emr_aws, account, kept)["TerminationProtected"]
    client.set_termination_protection(JobFlowIds=[kept], TerminationProtected=False)
    client.terminate_job_flows(JobFlowIds=[kept])
    reached(emr_aws, account, kept, "TERMINATED")


def test_a_transient_cluster_ends_with_its_steps(emr_aws, account):
    ok = step(program(emr_aws, account, OK))
    cluster_id = cluster(emr_aws, account, {"KeepJobFlowAliveWhenNoSteps": False}, Steps=[ok])
    found = reached(emr_aws, account, cluster_id, "TERMINATED")
    assert found["AutoTerminate"]
    assert found["Status"]["StateChangeReason"]["Code"] == "ALL_STEPS_COMPLETED"
    assert found["Status"]["Timeline"]["EndDateTime"]
    [entry] = emr_aws.client("emr", account).list_steps(ClusterId=cluster_id)["Steps"]
    assert entry["Status"]["State"] == "COMPLETED"


def test_an_idle_cluster_ends_by_itself_and_a_busy_one_does_not(emr_aws, account):
    idle = cluster(emr_aws, account, AutoTerminationPolicy={"IdleTimeout": 60})
    sleeps = step(program(emr_aws, account, SLEEP))
    busy = cluster(emr_aws, account, AutoTerminationPolicy={"IdleTimeout": 60}, Steps=[sleeps])
    stays = cluster(emr_aws, account)
    ended_cluster = reached(emr_aws, account, idle, "TERMINATED")
    assert "idle for 60 seconds" in ended_cluster["Status"]["StateChangeReason"]["Message"]
    reached(emr_aws, account, busy, "RUNNING")
    client = emr_aws.client("emr", account)
    client.put_auto_termination_policy(ClusterId=stays, AutoTerminationPolicy={"IdleTimeout": 60})
    reached(emr_aws, account, stays, "TERMINATED")
    assert described(emr_aws, account, busy)["Status"]["State"] == "RUNNING"
    client.terminate_job_flows(JobFlowIds=[busy])


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"ServiceRole": None}, "ValidationException", "ServiceRole is required"),
        ({"JobFlowRole": None}, "ValidationException", "InstanceProfile is required"),
        ({"JobFlowRole": "nobody"}, "ValidationException", "Invalid InstanceProfile: nobody."),
        ({"ReleaseLabel": None}, "ValidationException", "release label, AMI version"),
        ({"ReleaseLabel": "emr-7"}, "ValidationException", "The supplied release label is invalid: emr-7."),
        ({"SecurityConfiguration": "none"}, "InvalidRequestException", "Security configuration with name 'none'"),
        ({"StepConcurrencyLevel": 257}, "ValidationException", "from 1 to 256"),
        ({"AutoTerminationPolicy": {"IdleTimeout": 59}}, "ValidationException", "from 60 to 604800"),
        ({"StepConcurrencyLevel": 2, "Steps": [step("s3://b/a.py", ActionOnFailure="CANCEL_AND_WAIT")]},
         "ValidationException", "Action on failure 'CANCEL_AND_WAIT' is invalid."),
        ({"Instances": {}}, "ValidationException", "one and only one"),
        ({"Instances": {"InstanceFleets": [emr.fleet("CORE")]}}, "ValidationException", "exactly one master"),
        ({"Instances": {"InstanceFleets": [emr.fleet(TargetOnDemandCapacity=2)]}}, "ValidationException",
         "target capacity of 1"),
        ({"Instances": {"InstanceFleets": [emr.fleet(), emr.fleet("CORE", TargetSpotCapacity=0)]}},
         "ValidationException", "one or greater"),
        ({"Instances": {"InstanceGroups": [
            {"InstanceRole": "MASTER", "InstanceType": "m7g.xlarge", "InstanceCount": 1}], "Ec2SubnetIds": ["a", "b"]}},
         "ValidationException", "Only one subnet"),
        ({"BootstrapActions": [{"Name": "b", "ScriptBootstrapAction": {"Path": "s3://b/x.sh"}}]}, "NotImplemented",
         "bootstrap actions"),
        ({"Applications": [{"Name": "Spark"}, {"Name": "Hive"}]}, "NotImplemented", "the applications Hive"),
        ({"ReleaseLabel": "emr-6.15.0"}, "NotImplemented", "emr-6.15.0"),
        ({"Configurations": [{"Classification": "hive-site"}]}, "NotImplemented", "hive-site"),
    ],
)  # fmt: skip
def test_what_emr_refuses_is_refused(emr_aws, account, change, code, said):
    asked = {key: value for key, value in {**emr.request(emr_aws, account), **change}.items() if value is not None}
    answer = refusal(lambda: emr_aws.client("emr", account).run_job_flow(**asked))
    assert answer[1] == code
    assert said in answer[2]
    assert emr_aws.client("emr", account).list_clusters()["Clusters"] == []


@pytest.mark.parametrize(
    ("settings", "instances", "said"),
    [
        ({"ServiceRole": "nobody"}, {}, "role/nobody is invalid"),
        ({"ServiceRole": "stranger"}, {}, "role/stranger is invalid"),
        ({"JobFlowRole": "stranger"}, {}, "does not trust ec2.amazonaws.com"),
        ({}, {"Ec2SubnetIds": ["subnet-1"]}, "The subnet ID 'subnet-1' does not exist"),
        ({}, {"EmrManagedMasterSecurityGroup": "sg-1"}, "The security group 'sg-1' does not exist"),
        ({}, {"AdditionalSlaveSecurityGroups": ["sg-2"]}, "The security group 'sg-2' does not exist"),
    ],
)
def test_what_emr_notices_later_ends_the_cluster(emr_aws, account, settings, instances, said):
    iam = emr_aws.client("iam", account)
    role(emr_aws, account, "glue.amazonaws.com", "stranger")
    iam.create_instance_profile(InstanceProfileName="stranger")
    iam.add_role_to_instance_profile(InstanceProfileName="stranger", RoleName="stranger")
    found = reached(emr_aws, account, cluster(emr_aws, account, instances, **settings), "TERMINATED_WITH_ERRORS")
    reason = found["Status"]["StateChangeReason"]
    assert reason["Code"] == "VALIDATION_ERROR"
    assert said in reason["Message"]


def test_unknown_clusters_and_steps_are_told(emr_aws, account):
    client = emr_aws.client("emr", account)
    cluster_id = cluster(emr_aws, account)
    calls = [
        lambda: client.describe_cluster(ClusterId="j-1"),
        lambda: add(emr_aws, account, "j-1", step("s3://b/a.py")),
        lambda: client.describe_step(ClusterId=cluster_id, StepId="s-1"),
        lambda: client.cancel_steps(ClusterId=cluster_id, StepIds=["s-1"]),
    ]
    for call in calls:
        answer = refusal(call)
        assert answer[1] == "InvalidRequestException"
        assert "is not valid" in answer[2]
    assert refusal(lambda: client.terminate_job_flows(JobFlowIds=["j-1"]))[1] == "ValidationException"
    assert refusal(lambda: client.describe_job_flows())[1] == "NotImplemented"


def test_instance_groups_are_described_back(emr_aws, account):
    wanted = {"MasterInstanceType": "m7g.xlarge", "SlaveInstanceType": "r7g.xlarge", "InstanceCount": 3}
    client = emr_aws.client("emr", account)
    cluster_id = client.run_job_flow(
        **{**emr.request(emr_aws, account), "Instances": {"KeepJobFlowAliveWhenNoSteps": True, **wanted}}
    )["JobFlowId"]
    groups = client.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [(group["InstanceType"], group["RequestedInstanceCount"]) for group in groups] == [
        ("m7g.xlarge", 1),
        ("r7g.xlarge", 2),
    ]
    answer = refusal(lambda: client.list_instance_fleets(ClusterId=cluster_id))
    assert answer[1] == "InvalidRequestException"


def test_the_steps_at_once_can_be_changed(emr_aws, account):
    cluster_id = cluster(emr_aws, account)
    url = program(emr_aws, account, SLEEP)
    ids = add(emr_aws, account, cluster_id, step(url), step(url))
    wait_until(lambda: status(emr_aws, account, cluster_id, ids[0])["State"] == "RUNNING")
    client = emr_aws.client("emr", account)
    assert client.modify_cluster(ClusterId=cluster_id, StepConcurrencyLevel=2)["StepConcurrencyLevel"] == 2
    wait_until(lambda: status(emr_aws, account, cluster_id, ids[1])["State"] == "RUNNING")
    answer = refusal(lambda: add(emr_aws, account, cluster_id, step(url, ActionOnFailure="TERMINATE_CLUSTER")))
    assert answer[2] == "Action on failure 'TERMINATE_CLUSTER' is invalid."
    client.terminate_job_flows(JobFlowIds=[cluster_id])


@pytest.mark.parametrize("signal", ["terminate", "kill"])
def test_nothing_runs_any_more_once_the_server_is_gone(tmp_path, account, signal):
    servers = emr_server(tmp_path / "gone")
    server = next(servers)
    cluster(server, account, Steps=[step(program(server, account, beating(tmp_path / "beat")))])
    wait_until((tmp_path / "beat").exists)
    getattr(server.process, signal)()
    server.process.wait(10)
    assert_silent(tmp_path / "beat")
