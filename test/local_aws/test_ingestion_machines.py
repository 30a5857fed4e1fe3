"""The state machines of ingestion, as they are deployed, through every branch."""

import json

import pytest

from .emr_clusters import emr_server
from .ingestion_machines import ingestion

RUN = "Tables/*/Run"


@pytest.fixture(scope="module")
def emr_aws(tmp_path_factory):
    yield from emr_server(tmp_path_factory.mktemp("emr"), "--spark-processes", "2")


@pytest.fixture(scope="module")
def emr(emr_aws):
    return ingestion(emr_aws, "555555555501", "emr")


def reason_of(told, table):
    """What the summary says of a table."""
    [(_, message)] = told
    return next(result["reason"] for result in json.loads(message.split(" The cluster")[0]) if result["table"] == table)


def test_a_run_reads_its_tables_on_a_cluster_of_its_own_and_ends_it(emr):
    ended = emr.run("good")
    assert ended["status"] == "SUCCEEDED"
    assert emr.clusters()[f"the-ingest-{ended['name']}"] == "TERMINATED"
    cluster, step = reason_of(emr.told(emr.notices), "good").split()
    assert cluster.startswith("j-")
    assert step.startswith("s-")
    assert emr.told(emr.alarms) == []


def test_nothing_to_do_makes_no_cluster_and_tells_nobody(emr):
    before = emr.clusters()
    ended = emr.run("held")
    assert (ended["status"], ended["entered"][-1]) == ("SUCCEEDED", "Nothing")
    assert emr.clusters() == before
    assert emr.told(emr.notices) + emr.told(emr.alarms) == []


def test_a_table_that_fails_is_told_at_once_and_does_not_stop_the_other(emr):
    ended = emr.run("good-bad")
    assert (ended["status"], ended["error"]) == ("FAILED", "IngestionFailed")
    assert emr.told(emr.alarms) == [
        ("Ingestion of a table failed", "tests/good-bad, table bad: States.TaskFailed"),
    ]
    [(subject, message)] = emr.told(emr.notices)
    outcomes = {result["table"]: result["outcome"] for result in json.loads(message)}
    assert (subject, outcomes) == ("1 failed", {"good": "succeeded", "bad": "failed"})
    assert emr.clusters()[f"the-ingest-{ended['name']}"] == "TERMINATED"


def test_only_the_tables_that_are_asked_for_are_read(emr):
    assert emr.run("good-bad", tables=["good"])["status"] == "SUCCEEDED"
    assert len(emr.told(emr.notices)) == 1


def test_tables_that_cannot_be_claimed_are_told(emr):
    ended = emr.run("good-unclaimed")
    assert (ended["status"], "CreateCluster" in ended["entered"]) == ("FAILED", False)
    [(subject, message)] = emr.told(emr.alarms)
    assert subject == "An ingestion could not begin"
    assert "cannot claim" in message
    assert emr.told(emr.notices) == []


def test_a_table_whose_end_cannot_be_recorded_counts_as_failed(emr):
    ended = emr.run("good-unsettleed")
    assert ended["status"] == "FAILED"
    assert "TerminateCluster" in ended["entered"]
    [(_, message)] = emr.told(emr.alarms)
    assert "the next sweep frees the table" in message
    assert reason_of(emr.told(emr.notices), "good").endswith("the next sweep frees the table")


def test_a_run_without_a_summary_fails_and_tells_what_is_known(emr):
    ended = emr.run("good-unsummarizeed")
    assert ended["status"] == "FAILED"
    [(subject, message)] = emr.told(emr.notices)
    assert subject == "An ingestion ended without a summary"
    assert '"outcome":"succeeded"' in message.replace(" ", "")


def test_a_cluster_that_cannot_be_made_frees_all_tables_with_one_message(emr_aws):
    machine = ingestion(emr_aws, "555555555502", "emr")
    machine.aws.client("emr", machine.account).delete_security_configuration(Name="the-ingest")
    ended = machine.run("good-bad")
    assert (ended["status"], "Tables" in ended["entered"]) == ("FAILED", False)
    assert ended["entered"].count("SettleUnread") == 2
    [(subject, message)] = machine.told(machine.alarms)
    assert subject == "An ingestion got no cluster"
    assert "does not exist" in message
    [(subject, _)] = machine.told(machine.notices)
    assert subject == "2 failed"

    ended = machine.run("good-unsettleed")
    assert (ended["status"], ended["entered"].count("Unreleased")) == ("FAILED", 1)


def test_a_step_that_takes_too_long_is_given_up_and_its_cluster_ended(emr_aws):
    machine = ingestion(emr_aws, "555555555503", "emr", {RUN: {"TimeoutSeconds": 2}})
    ended = machine.run("slow")
    assert ended["status"] == "FAILED"
    assert machine.told(machine.alarms) == [
        ("Ingestion of a table failed", "tests/slow, table slow: States.Timeout"),
    ]
    assert machine.clusters()[f"the-ingest-{ended['name']}"] == "TERMINATED"


def test_a_cluster_that_cannot_be_ended_is_told_with_the_summary(emr_aws):
    unknown = {"Parameters": {"ClusterId": "j-0000000000000"}}
    machine = ingestion(emr_aws, "555555555504", "emr", {"TerminateCluster": unknown})
    ended = machine.run("good")
    assert ended["status"] == "SUCCEEDED"
    [(_, message)] = machine.told(machine.notices)
    assert "could not be ended: the next sweep ends it" in message
    assert machine.told(machine.alarms) == []


def test_topics_that_take_nothing_change_nothing(emr_aws):
    nowhere = {"Parameters": {"TopicArn": "arn:aws:sns:eu-west-1:555555555505:nowhere", "Message": "lost"}}
    machine = ingestion(emr_aws, "555555555505", "emr", {"TellAll": nowhere, "Tables/*/Tell": nowhere})
    assert machine.run("good")["status"] == "SUCCEEDED"
    ended = machine.run("good-bad")
    assert (ended["status"], ended["entered"][-1]) == ("FAILED", "Failed")
    assert machine.told(machine.notices) + machine.told(machine.alarms) == []


def test_a_failure_of_all_tables_at_once_ends_the_cluster_all_the_same(emr_aws):
    machine = ingestion(emr_aws, "555555555506", "emr", {"Tables/*/Arguments": {"Type": "Fail", "Error": "Broken"}})
    ended = machine.run("good-bad")
    assert (ended["status"], "Broken" in ended["entered"]) == ("FAILED", True)
    assert machine.clusters()[f"the-ingest-{ended['name']}"] == "TERMINATED"
    assert reason_of(machine.told(machine.notices), "(all)").startswith("the tables could not be read")


@pytest.mark.parametrize(("compute", "account"), [("emr-serverless", "555555555507"), ("glue", "555555555508")])
def test_other_computes_read_settle_and_tell_alike(emr_aws, compute, account):
    machine = ingestion(emr_aws, account, compute)
    assert machine.run("good")["status"] == "SUCCEEDED"
    assert machine.told(machine.alarms) == []
    assert len(machine.told(machine.notices)) == 1
    ended = machine.run("good-bad")
    assert ended["status"] == "FAILED"
    assert machine.told(machine.alarms) == [
        ("Ingestion of a table failed", "tests/good-bad, table bad: States.TaskFailed"),
    ]
