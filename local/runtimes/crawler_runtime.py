"""Crawlers on this machine: connects the calls of moto's Glue with crawls."""

from __future__ import annotations

import logging
import threading
from typing import Any

from moto.core.responses import EmptyResult
from moto.core.utils import utcnow
from moto.glue.exceptions import CrawlerNotRunningException, CrawlerRunningException, InvalidInputException
from moto.glue.models import FakeCrawl, FakeCrawler, GlueBackend
from moto.glue.responses import GlueResponse

from local import patching
from local.runtimes.athena_engine import Engine
from local.runtimes.crawler_crawl import Crawl, Outcome, StoppedError, reason_of
from local.runtimes.crawler_schedules import CrawlerSchedules, cron_of
from local.runtimes.crawler_state import announce_end, announce_start
from local.runtimes.lambda_logs import write_log
from local.runtimes.schedules_expressions import ExpressionError

log = logging.getLogger(__name__)

_LOG_GROUP = "/aws-glue/crawlers"
_ANSWERED = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED"}
_UPDATABLE = {
    "Role": "role",
    "DatabaseName": "database_name",
    "Description": "description",
    "Targets": "targets",
    "Schedule": "schedule",
    "Classifiers": "classifiers",
    "TablePrefix": "table_prefix",
    "SchemaChangePolicy": "schema_change_policy",
    "RecrawlPolicy": "recrawl_policy",
    "LineageConfiguration": "lineage_configuration",
    "Configuration": "configuration",
    "CrawlerSecurityConfiguration": "crawler_security_configuration",
}


class RunningCrawl(FakeCrawl):
    """A crawl whose state follows the work, where moto's jumps to its end."""

    status = "RUNNING"
    error: str | None = None

    def advance(self) -> None:
        """Being looked at changes nothing."""


class CrawlerRuntime:
    """Everything that crawls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def install(self) -> None:
        """Connects the runtime with moto's crawlers."""
        _start_crawler(self._engine)
        _stop_crawler()
        _answer_crawler()
        _update_crawler()
        _delete_crawler()
        _check_schedules()
        CrawlerSchedules().start()


def _start_crawler(engine: Engine) -> None:
    """StartCrawler: moto notes a crawl that does nothing."""

    @patching.replace_method(FakeCrawler, "start_crawler", "self")
    def start_crawler(original: Any, self: FakeCrawler) -> None:
        if self.status != "READY":
            raise CrawlerRunningException(f"Crawler with name {self.name} has already started")
        crawl = RunningCrawl(self.name)
        crawl.log_group = _log_group(self)
        self.crawls.append(crawl)
        threading.Thread(target=_work, args=(engine, self, crawl), name=f"crawl-{self.name}", daemon=True).start()


def _stop_crawler() -> None:
    """StopCrawler: a crawl ends at the next folder."""

    @patching.replace_method(FakeCrawler, "stop_crawler", "self")
    def stop_crawler(original: Any, self: FakeCrawler) -> None:
        if self.status != "RUNNING":
            raise CrawlerNotRunningException(f"Crawler with name {self.name} isn't running")
        self.crawls[-1].status = "STOPPING"


def _answer_crawler() -> None:
    """GetCrawler: moto gives the last crawl's state in words that GetCrawler does not have, and no reason."""

    @patching.replace_method(FakeCrawler, "as_dict", "self")
    def as_dict(original: Any, self: FakeCrawler) -> dict[str, Any]:
        answer = original(self)
        last = next((crawl for crawl in reversed(self.crawls) if crawl.end_time is not None), None)
        answer.pop("LastCrawl", None)
        if last is not None:
            answer["LastCrawl"] = {
                "LogGroup": last.log_group,
                "LogStream": last.log_stream,
                "MessagePrefix": last.message_prefix,
                "StartTime": last.start_time,
                "Status": _ANSWERED.get(str(last.status), last.status),
                **({"ErrorMessage": last.error} if getattr(last, "error", None) else {}),
            }
        return answer


def _update_crawler() -> None:
    """UpdateCrawler: moto lacks it."""

    @patching.add_method(GlueResponse, "update_crawler")
    def update_crawler(self: GlueResponse) -> EmptyResult:
        crawler = self.glue_backend.get_crawler(self.parameters["Name"])
        if crawler.status != "READY":
            raise CrawlerRunningException(f"Crawler with name {crawler.name} is running")
        _require_cron(self.parameters.get("Schedule"))
        for name, attribute in _UPDATABLE.items():
            if name in self.parameters:
                setattr(crawler, attribute, self.parameters[name])
        crawler.version += 1
        crawler.last_updated = utcnow()
        return EmptyResult()


def _check_schedules() -> None:
    """CreateCrawler: moto takes any text for a schedule."""

    @patching.replace_method(GlueResponse, "create_crawler", "self")
    def create_crawler(original: Any, self: GlueResponse) -> Any:
        _require_cron(self.parameters.get("Schedule"))
        return original(self)


def _require_cron(schedule: str | None) -> None:
    try:
        if schedule:
            cron_of(schedule)
    except ExpressionError as error:
        raise InvalidInputException("", f"Invalid schedule expression: {error}") from error


def _delete_crawler() -> None:
    """DeleteCrawler: Glue refuses while it runs."""

    @patching.replace_method(GlueBackend, "delete_crawler", "self name")
    def delete_crawler(original: Any, self: GlueBackend, name: str) -> None:
        crawler = self.get_crawler(name)
        if crawler.status != "READY":
            raise CrawlerRunningException(f"Crawler with name {name} is running")
        original(self, name)


def _log_group(crawler: FakeCrawler) -> str:
    """A security configuration moves the logs to a group named after it and the role."""
    configuration = crawler.crawler_security_configuration
    return f"{_LOG_GROUP}-role/{crawler.role.rpartition('/')[2]}-{configuration}" if configuration else _LOG_GROUP


def _work(engine: Engine, crawler: FakeCrawler, crawl: RunningCrawl) -> None:
    outcome = Outcome()
    state = "COMPLETED"
    announce_start(crawler)
    try:
        work = Crawl(engine, crawler, lambda: crawl.status == "STOPPING")
        outcome = work.outcome
        work.run()
    except StoppedError:
        state = "STOPPED"
    except Exception as error:
        log.warning("crawler %s: %s", crawler.name, error)
        state, crawl.error = "FAILED", reason_of(error)
        outcome.lines.append(f"ERROR : {crawl.error}")
    prefix = f"[{crawl.crawl_id[:8]}]"
    summary = (
        f"INFO : Created {outcome.created}, updated {outcome.updated} and deleted {outcome.deleted} tables,"
        f" added {outcome.partitions} partitions"
    )
    lines = [f"{prefix} {line}" for line in [*outcome.lines, summary]]
    write_log(crawler.backend.account_id, crawler.backend.region_name, crawl.log_group, crawler.name, lines)
    announce_end(crawler, state, outcome, crawl.error)
    crawl.end_time = utcnow()
    crawl.status = state
