"""The matrix, its page, its differences and its explanations, on two roles, one bucket and one key."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from small_stacks import BUCKET, LAKE, lake, policy, statement, write

from access.__main__ import main
from access.explain import Question, QuestionError, described, explain
from access.matrix import matrix_of
from access.page import UnreadablePageError, differences, page_of, read_page
from access.stacks import Estate, read_estate
from access.table import Table, table_of

OBJECT = f"arn:aws:s3:::{BUCKET}/sales/a.csv"


@pytest.fixture
def small(tmp_path: Path) -> Estate:
    return read_estate(write(tmp_path, prod=lake()))


def table(folder: Path, document: dict) -> Table:
    return table_of(matrix_of(read_estate(write(folder, prod=document))))


def test_each_clearance_opens_its_own_classification(small: Estate):
    rows = table_of(matrix_of(small)).sections["prod"]
    assert rows["lake-prod-reader"]["read"] == {}
    assert rows["lake-prod-reader, confidential"]["read"] == {"raw/sales/*": "confidential"}
    assert rows["lake-prod-reader, secret"]["read"] == {"raw/sales/*": "secret"}
    # Their policies never speak of a clearance.
    assert "lake-prod-writer, secret" not in rows


def test_reading_and_writing_need_the_key_too(tmp_path: Path):
    document = lake()
    statements = json.loads(document["resource"]["aws_kms_key"]["raw"]["policy"])["Statement"]
    document["resource"]["aws_kms_key"]["raw"]["policy"] = policy(statements[1])
    rows = table(tmp_path, document).sections["prod"]
    assert rows["lake-prod-reader, secret"]["read"] == {}
    assert rows["lake-prod-writer"]["write"] == {"raw": ""}


def test_writing_with_a_tag_needs_the_right_to_tag(tmp_path: Path):
    document = lake()
    held = document["resource"]["aws_iam_role_policy"]["writer"]
    held["policy"] = held["policy"].replace(', "s3:PutObjectTagging"', "")
    assert table(tmp_path, document).sections["prod"]["lake-prod-writer"]["write"] == {"raw": "untagged"}


def test_a_folder_inside_of_another_is_said_where_it_differs(tmp_path: Path):
    document = lake()
    rule = statement("Deny", "s3:Put*", f"arn:aws:s3:::{BUCKET}/sales/closed/*", Principal="*")
    document["resource"]["aws_s3_bucket_policy"]["raw"]["policy"] = policy(rule)
    writer = table(tmp_path, document).sections["prod"]["lake-prod-writer"]
    assert writer["write"] == {"raw/...": "", "raw/sales/*": "", "raw/sales/closed/*": "nothing"}


def test_outsiders_are_rows_of_their_own(tmp_path: Path):
    document = lake()
    rule = statement("Allow", "s3:GetObject", f"arn:aws:s3:::{BUCKET}/open/*", Principal="*")
    document["resource"]["aws_s3_bucket_policy"]["raw"]["policy"] = policy(rule)
    # Nobody from elsewhere can use the key: without it, everybody could read.
    assert table(tmp_path / "closed", document).sections["elsewhere"]["anybody"]["read"] == {}
    del document["resource"]["aws_s3_bucket_server_side_encryption_configuration"]
    outside = table(tmp_path / "open", document).sections["elsewhere"]
    assert outside["anybody"]["read"] == outside["any other account"]["read"] == {"prod:raw/open/*": ""}


def test_replicas_are_brought_by_roles_that_s3_can_take(tmp_path: Path):
    document = lake()
    roles = document["resource"]
    roles["aws_iam_role_policy"]["writer"]["policy"] = policy(
        statement("Allow", "s3:Replicate*", f"arn:aws:s3:::{BUCKET}/*")
    )
    assert table(tmp_path / "no", document).sections["prod"]["lake-prod-writer"]["write"] == {}
    service = {"Service": "s3.amazonaws.com"}
    roles["aws_iam_role"]["writer"]["assume_role_policy"] = policy(
        statement("Allow", "sts:AssumeRole", Principal=service)
    )
    assert table(tmp_path / "yes", document).sections["prod"]["lake-prod-writer"]["write"] == {"raw": ""}


def test_a_page_is_read_as_it_was_written(small: Estate):
    written = table_of(matrix_of(small))
    page = page_of(written)
    assert read_page(page) == written
    assert differences(read_page(page), written) == []
    assert "| `lake-prod-reader, secret` | raw/sales/\\* (secret) | - |" in page


def test_what_differs_is_named_cell_by_cell(small: Estate):
    before = table_of(matrix_of(small))
    after = copy.deepcopy(before)
    rows = after.sections["prod"]
    rows["lake-prod-reader, secret"]["read"] = {"raw/sales/*": "to secret"}
    rows["lake-prod-writer"]["write"] = {"raw/sales/*": ""}
    rows["lake-prod-new"] = copy.deepcopy(rows["lake-prod-reader"])
    del rows["lake-prod-reader"]
    assert differences(before, after) == [
        "prod: lake-prod-reader: is gone",
        "prod: lake-prod-reader: decrypt removed: raw (s3)",
        "prod: lake-prod-reader, secret: read changed: raw/sales/* (secret) -> raw/sales/* (to secret)",
        "prod: lake-prod-writer: write removed: raw",
        "prod: lake-prod-writer: write granted: raw/sales/*",
        "prod: lake-prod-new: is new",
        "prod: lake-prod-new: decrypt granted: raw (s3)",
    ]


@pytest.mark.parametrize("line", ["| `a` | b |", "| a | b |"])
def test_a_page_that_is_none_is_refused(line: str):
    with pytest.raises(UnreadablePageError, match="line 1"):
        read_page(line)


def test_an_explanation_names_the_statements(small: Estate):
    question = Question("lake-prod-reader", "s3:GetObject", OBJECT, "secret", ["classification=secret"])
    answer = explain(small, question)
    assert answer.allowed
    assert described(answer).splitlines() == [
        "lake-prod-reader (secret): yes",
        f"s3:GetObject on {OBJECT}: allowed",
        "  Allow  lake-prod-reader/grants  #1",
        "  Allow  lake-prod-boundary  #1",
        f"kms:Decrypt on arn:aws:kms:eu-west-1:{LAKE}:key/lake-prod-raw: allowed",
        "  Allow  kms_key lake-prod-raw  #1",
        "  Allow  lake-prod-boundary  #1",
    ]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (
            Question("lake-prod-reader", "s3:GetObject", OBJECT, "secret", ["classification=confidential"]),
            "no statement allows",
        ),
        (Question("lake-prod-reader", "s3:GetObject", OBJECT, "secret"), "no statement allows"),
        (Question("lake-prod-reader", "s3:GetObject", OBJECT, context=["aws:SecureTransport=false"]), "explicit deny"),
        (
            Question("lake-prod-reader", "kms:Decrypt", f"arn:aws:kms:eu-west-1:{LAKE}:alias/lake-prod-raw"),
            "resource policy",
        ),
        (Question("lake-prod-writer", "sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{LAKE}:q"), "no statement allows"),
        (Question("anybody", "s3:GetObject", OBJECT), "resource policy"),
        (Question("any other account", "s3:GetObject", OBJECT), "resource policy"),
        (
            Question("lake-prod-writer", "sts:AssumeRole", f"arn:aws:iam::{LAKE}:role/lake-prod-reader"),
            "no statement allows",
        ),
    ],
)
def test_an_explanation_says_why_not(small: Estate, question: Question, reason: str):
    answer = explain(small, question)
    assert not answer.allowed
    assert reason in [decision.reason for _, decision in answer.calls]


@pytest.mark.parametrize(
    ("question", "problem", "fix"),
    [
        (Question("lake-prod-reade", "s3:GetObject", OBJECT), "no principal lake-prod-reade", "lake-prod-reader"),
        (Question("x" * 5000, "s3:GetObject", OBJECT), "no principal xxx", "lists everybody"),
        (Question("lake-prod-reader", "GetObject", OBJECT), "GetObject is no action", "s3:GetObject"),
        (Question("lake-prod-reader", "s3:Get*", OBJECT), "s3:Get* is no action", "without wildcards"),
        (Question("lake-prod-reader", "s3:" + "G" * 500, OBJECT), "is no action", "service:Name"),
        (Question("lake-prod-reader", "s3:GetObject", BUCKET), "is no resource", "whole ARN"),
        (Question("lake-prod-reader", "s3:GetObject", OBJECT + "x" * 3000), "is no resource", "whole ARN"),
        (Question("lake-prod-reader", "s3:GetObject", "arn:aws:s3:::lake-prod-ray/a"), "No stack declares", BUCKET),
        (Question("lake-prod-reader", "kms:Decrypt", f"arn:aws:kms:eu-west-1:{LAKE}:key/x"), "No stack declares", "lake-prod-raw"),
        (Question("lake-prod-reader", "sqs:SendMessage", "arn:aws:sqs:eu-west-1:999999999999:q"), "in no account", LAKE),
        (Question("lake-prod-reader", "s3:GetObject", OBJECT, "top"), "no clearance top", "proprietary"),
        (Question("lake-prod-reader", "s3:GetObject", OBJECT, tags=["secret"]), "--tag secret is no pair", "key=value"),
        (Question("lake-prod-reader", "s3:GetObject", OBJECT, tags=["a=" + "b" * 300]), "is no pair", "key=value"),
        (Question("lake-prod-reader", "s3:GetObject", OBJECT, context=["aws:Sorce=x"]), "no condition key aws:Sorce", "as policies do"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(small: Estate, question: Question, problem: str, fix: str):
    with pytest.raises(QuestionError) as error:
        explain(small, question)
    assert problem in str(error.value)
    assert fix in error.value.fix
    assert len(str(error.value)) < 200


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    code = main(list(arguments))
    return code, json.loads(capsys.readouterr().out)


def test_the_program_answers_with_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write(tmp_path, prod=lake())
    code, document = run(capsys, f"--stacks={folder}")
    assert (code, document["accounts"]) == (0, {"prod": LAKE})
    assert "prod: lake-prod-reader, secret\n  read        raw/sales/* (secret)" in document["text"]
    page = tmp_path / "page.md"
    page.write_text(document["page"].replace("raw/sales/\\* (secret)", "-"), "utf-8")
    _, compared = run(capsys, f"--stacks={folder}", f"--compare={page}")
    assert compared["differences"] == ["prod: lake-prod-reader, secret: read granted: raw/sales/* (secret)"]


def test_the_program_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    document = lake()
    document["resource"]["aws_iam_role_policy"]["writer"]["policy"] = policy(statement("Alow", "s3:*", "*"))
    code, answer = run(capsys, f"--stacks={write(tmp_path, prod=document)}")
    assert code == 2
    assert "has Effect 'Alow'" in answer["error"]
    assert "nothing is computed" in answer["fix"]
