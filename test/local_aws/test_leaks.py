"""The search for secrets that the local AWS itself holds."""

import base64
import json
import urllib.parse
import urllib.request

import pytest

from .conftest import RunningServer
from .helpers import bucket, refusal


def leaks(aws: RunningServer, content: bytes) -> list[str]:
    request = urllib.request.Request(f"{aws.endpoint}/_lake/leaks", data=content)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["found"]


@pytest.fixture
def password(account):
    return f'p"9/f2+c %of {account}'


@pytest.fixture
def secret(aws, account, password):
    text = json.dumps({"username": "reader-of-tables", "password": password, "host": "somewhere.internal"})
    aws.client("secretsmanager", account).create_secret(Name=f"login-{account}", SecretString=text)
    return f"secret login-{account}"


@pytest.mark.parametrize(
    "write",
    [
        str,
        json.dumps,
        lambda text: urllib.parse.quote(text, safe=""),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: text.encode().hex(),
    ],
    ids=["plain", "json", "url", "base64", "hex"],
)
def test_a_password_is_found_however_it_is_written(aws, password, secret, write):
    assert leaks(aws, f"2026-11-22 connecting with {write(password)} ...".encode()) == [secret]


def test_an_earlier_password_is_found_too(aws, account, password, secret):
    later = f"another one of {account}"
    aws.client("secretsmanager", account).put_secret_value(SecretId=f"login-{account}", SecretString=later)
    assert leaks(aws, password.encode()) == leaks(aws, f"it is {later}.".encode()) == [secret]


def test_names_that_a_secret_has_in_it_are_none(aws, secret):
    assert leaks(aws, b"reader-of-tables at somewhere.internal") == []


def test_credentials_that_were_given_out_are_found(aws, account):
    anybody = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [anybody]}
    iam = aws.client("iam", account)
    role = iam.create_role(RoleName="anybody", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    session = aws.session(role, account)
    key = session["aws_access_key_id"]
    secret_key = session["aws_secret_access_key"]
    for written in (secret_key, json.dumps([secret_key]), urllib.parse.quote(secret_key, safe="")):
        assert leaks(aws, f"one {written}, two".encode()) == [f"secret key of {key}"]
    assert leaks(aws, f"{key} {session['aws_session_token']}".encode()) == ["a session token"]
    iam.create_user(UserName="lasting")
    lasting = iam.create_access_key(UserName="lasting")["AccessKey"]
    assert leaks(aws, lasting["SecretAccessKey"].encode()) == [f"secret key of {lasting['AccessKeyId']}"]
    assert leaks(aws, f"{key} {lasting['AccessKeyId']} {'x' * 300}".encode()) == []


def test_what_is_searched_is_given_whoever_may_read_it(enforced, account):
    name = bucket(enforced, account, "closed")
    s3 = enforced.client("s3", account)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket=name, Key="a b/c", Body=body)["VersionId"] for body in (b"one", b"two")]
    refuse = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [refuse]}))
    assert refusal(lambda: s3.get_object(Bucket=name, Key="a b/c"))[:2] == (403, "AccessDenied")
    for version, body in zip(versions, (b"one", b"two"), strict=True):
        place = urllib.parse.urlencode({"bucket": name, "key": "a b/c", "version": version})
        with urllib.request.urlopen(f"{enforced.endpoint}/_lake/content?{place}") as answer:
            assert answer.read() == body
