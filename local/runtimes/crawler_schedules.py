"""Crawlers start by their schedules."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from moto.glue.exceptions import CrawlerRunningException
from moto.glue.models import FakeCrawler, glue_backends

from local.runtimes.schedules_expressions import Expression, ExpressionError, parse

log = logging.getLogger(__name__)

_TICK_SECONDS = 1.0


def cron_of(schedule: str) -> Expression:
    """The schedule of a crawler, in UTC. Raises ExpressionError for all but cron."""
    if not schedule.startswith("cron("):
        raise ExpressionError(f"{schedule} is not cron")
    return parse(schedule, "UTC")


class CrawlerSchedules:
    """Looks every moment which crawlers are due."""

    def start(self) -> None:
        """Watches until the process ends."""
        threading.Thread(target=self._watch, name="crawler-schedules", daemon=True).start()

    def fire_due(self, now: datetime) -> None:
        """Starts the crawlers that are due; one that still runs lets its turn pass, as on Glue."""
        for regions in list(glue_backends.values()):
            for backend in list(regions.values()):
                for crawler in list(backend.crawlers.values()):
                    self._fire(crawler, now)

    def _fire(self, crawler: FakeCrawler, now: datetime) -> None:
        if not crawler.schedule:
            return
        since = max(_utc(crawler.last_updated), getattr(crawler, "fired_at", datetime.min.replace(tzinfo=UTC)))
        due = cron_of(crawler.schedule).last_due(now, since)
        if due is None:
            return
        crawler.fired_at = due  # type: ignore[attr-defined]
        try:
            crawler.start_crawler()
        except CrawlerRunningException as error:
            log.info("the schedule of the crawler %s: %s", crawler.name, error)

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(_TICK_SECONDS):
            try:
                self.fire_due(datetime.now(UTC))
            except Exception:
                log.exception("schedules of crawlers")


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
