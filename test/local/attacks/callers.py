"""Who attacks: people by persona and clearance, roles of jobs and functions, deployers, roots, a user with a device."""

from __future__ import annotations

import functools
import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

Credentials = tuple[str, str, str | None]


@dataclass(frozen=True)
class Lake:
    """Where the deployed lake is."""

    endpoint: str
    region: str
    management: str
    external_id: str
    prod: str
    security: str
    prefix: str
    security_prefix: str

    def bucket(self, part: str) -> str:
        """The name of a bucket of the lake account."""
        return f"{self.prefix}-{part}-{self.prod}-{self.region}"

    def record_bucket(self, part: str) -> str:
        """The name of a bucket of the security account."""
        return f"{self.security_prefix}-{part}-{self.security}-{self.region}"

    def role(self, part: str) -> str:
        """The ARN of a role of the lake account."""
        return f"arn:aws:iam::{self.prod}:role/{self.prefix}-{part}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in the lake account."""
        return f"arn:aws:{service}:{self.region}:{self.prod}:{resource}"


class Caller:
    """Somebody with credentials, which are taken when they are first needed."""

    def __init__(self, lake: Lake, take: Callable[[], Credentials]) -> None:
        self._lake = lake
        self._take = functools.cache(take)

    @functools.cache  # noqa: B019 - callers live as long as the program
    def __call__(self, service: str, **headers: str) -> Any:
        """A client, which sends these headers with each request."""
        key, secret, token = self._take()
        client = boto3.client(
            service,
            region_name=self._lake.region,
            endpoint_url=self._lake.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

        def add(request: Any, **_: Any) -> None:
            for name, value in headers.items():
                request.headers.add_header(name.replace("_", "-"), value)

        if headers:
            client.meta.events.register("before-sign", add)
        return client


class Callers:
    """Everybody who attacks, or does beside it what they may."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def root(self, account: str) -> Caller:
        """The root of an account."""
        return Caller(self.lake, lambda: (account, "any", None))

    def enter(self, role: str, clearance: str | None = None, **request: Any) -> Caller:
        """An operator of the management account in a role."""
        return Caller(self.lake, lambda: self._assume(self.root(self.lake.management), role, clearance, request))

    def person(self, persona: str, clearance: str | None = None) -> Caller:
        """An operator as a persona."""
        return self.enter(self.lake.role(persona), clearance)

    def deployer(self, *, security: bool = False) -> Caller:
        """The role that applies an account's stack."""
        lake = self.lake
        own = f"arn:aws:iam::{lake.security}:role/{lake.security_prefix}-deploy"
        return self.enter(own if security else lake.role("deploy"))

    def service(self, part: str, service: str, source: str) -> Caller:
        """A role as the service takes it that runs the job or function."""
        request = {"role": self.lake.role(part), "service": f"{service}.amazonaws.com", "source": source}

        def take() -> Credentials:
            body = json.dumps(request).encode()
            asked = urllib.request.Request(f"{self.lake.endpoint}/_lake/sessions", body, method="POST")
            with urllib.request.urlopen(asked) as answer:
                found = json.load(answer)
            return found["accessKeyId"], found["secretAccessKey"], found["sessionToken"]

        return Caller(self.lake, take)

    def _assume(self, who: Caller, role: str, clearance: str | None, request: dict[str, Any]) -> Credentials:
        tags = {"Tags": [{"Key": "clearance", "Value": clearance}]} if clearance else {}
        asked = {"RoleArn": role, "RoleSessionName": "attack", "ExternalId": self.lake.external_id, **tags, **request}
        return credentials(who("sts").assume_role(**asked))


def credentials(answer: dict[str, Any]) -> Credentials:
    """The credentials in an answer of STS."""
    found = answer["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


class Anna:
    """A user of the lake account who is an analyst for what is proprietary, and has a device for second factors."""

    def __init__(self, callers: Callers, code_of: Callable[[str, float], str]) -> None:
        self.lake, self._code_of = callers.lake, code_of
        self._callers = callers
        iam = callers.root(self.lake.prod)("iam")
        iam.create_user(UserName="anna")
        for group in ("data-analyst", "proprietary"):
            iam.add_user_to_group(GroupName=f"{self.lake.prefix}-{group}", UserName="anna")
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName="anna")["VirtualMFADevice"]
        self.serial, self._seed = device["SerialNumber"], device["Base32StringSeed"].decode()
        iam.enable_mfa_device(
            UserName="anna", SerialNumber=self.serial, AuthenticationCode1="000000", AuthenticationCode2="111111"
        )
        key = iam.create_access_key(UserName="anna")["AccessKey"]
        self._key = key["AccessKeyId"]
        self.caller = Caller(self.lake, lambda: (key["AccessKeyId"], key["SecretAccessKey"], None))

    def become(self, persona: str, clearance: str | None, *, mfa: bool = True) -> Any:
        """AssumeRole, with the code that the device shows at this moment."""
        factor = {"SerialNumber": self.serial, "TokenCode": self._code_of(self._seed, time.time())} if mfa else {}
        tags = {"Tags": [{"Key": "clearance", "Value": clearance}]} if clearance else {}
        role = self.lake.role(persona)
        return self.caller("sts").assume_role(RoleArn=role, RoleSessionName="anna", **factor, **tags)

    def leave(self) -> None:
        """Removes the user, so that nothing of the attack stays."""
        iam = self._callers.root(self.lake.prod)("iam")
        iam.delete_access_key(UserName="anna", AccessKeyId=self._key)
        for group in ("data-analyst", "proprietary"):
            iam.remove_user_from_group(GroupName=f"{self.lake.prefix}-{group}", UserName="anna")
        iam.deactivate_mfa_device(UserName="anna", SerialNumber=self.serial)
        iam.delete_virtual_mfa_device(SerialNumber=self.serial)
        iam.delete_user(UserName="anna")
