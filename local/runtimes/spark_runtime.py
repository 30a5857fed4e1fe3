"""What the runtimes have in common whose work is Spark programs: what runs, in which folder, and how all of it ends."""

from __future__ import annotations

import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any, ClassVar, Generic, TypeVar

from local.accounts import Accounts
from local.runtimes.folders import fresh_folder
from local.runtimes.processes import Processes
from local.runtimes.role_clients import RoleClients
from local.runtimes.spark_slots import ProgramOptions, SparkSlots

Work = TypeVar("Work", bound=Hashable)

#: How long each piece of work may take to end when the local AWS does.
_PATIENCE_SECONDS = 2


class SparkRuntime(ABC, Generic[Work]):
    """Everything that runs work of one kind, from start to stop."""

    #: For what the runtime's folder is, as part of its name.
    purpose: ClassVar[str]

    def __init__(
        self,
        options: ProgramOptions,
        accounts: Accounts,
        clients: RoleClients,
        processes: Processes,
        slots: SparkSlots,
    ) -> None:
        self._options = options
        self._accounts = accounts
        self._clients = clients
        self._processes = processes
        self._slots = slots
        self._folder = fresh_folder(options.run_dir, self.purpose)
        self._running: dict[Work, threading.Thread] = {}
        self._closing = threading.Event()

    def shutdown(self) -> None:
        """Ends what runs and removes its files."""
        self._closing.set()
        for work in list(self._running):
            self._end(work)
        for thread in list(self._running.values()):
            thread.join(_PATIENCE_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    @abstractmethod
    def _end(self, work: Work) -> None:
        """Lets a piece of work end, because the local AWS does."""

    def _in_background(self, work: Work, name: str, run: Callable[..., None], *arguments: Any) -> None:
        """Does it beside others; whoever does it calls `_done` at its end."""
        thread = threading.Thread(target=run, args=arguments, name=name, daemon=True)
        self._running[work] = thread
        thread.start()

    def _done(self, work: Work) -> None:
        del self._running[work]
