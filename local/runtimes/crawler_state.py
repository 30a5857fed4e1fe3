"""What EventBridge hears of crawls."""

from __future__ import annotations

import time

from moto.glue.models import FakeCrawler

from local.runtimes.crawler_crawl import Outcome
from local.runtimes.glue_jobs_events import tell_rules


def announce_start(crawler: FakeCrawler) -> None:
    """A crawl has begun."""
    _announce(crawler, "Started", {"startTime": _now()})


def announce_end(crawler: FakeCrawler, state: str, outcome: Outcome, error: str | None) -> None:
    """A crawl has ended; of one that was stopped nothing is told."""
    if state == "FAILED":
        _announce(crawler, "Failed", {"errorMessage": error or ""})
    elif state == "COMPLETED":
        counts = {
            "tablesCreated": outcome.created,
            "tablesUpdated": outcome.updated,
            "tablesDeleted": outcome.deleted,
            "partitionsCreated": outcome.partitions,
        }
        told = {"completionDate": _now(), "warningMessage": "N/A"}
        _announce(crawler, "Succeeded", {**told, **{name: str(count) for name, count in counts.items()}})


def _announce(crawler: FakeCrawler, state: str, told: dict[str, str]) -> None:
    account, region = crawler.backend.account_id, crawler.backend.region_name
    # https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
    common = {"accountId": account, "crawlerName": crawler.name, "state": state, "message": f"Crawler {state}"}
    tell_rules(account, region, "Glue Crawler State Change", {**common, **told})


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
