"""The store of windows: who may change what, in conditional writes. Attributes as in contracts/ingestion.ts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from ..errors import FencedError
from .moments import now, text_of
from .names import table_id

_TRIES = 5


@dataclass(frozen=True)
class Decided:
    """The attempt whose files count, whoever publishes them."""

    token: int
    #: Key of the manifest in the raw zone's bucket.
    manifest: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Window:
    """A window that is open; moments as texts."""

    #: `regular`, `backfill` or `full`.
    kind: str
    start: str | None
    stop: str | None
    decided: Decided | None
    #: Up to when the table had been read when all its keys were listed last.
    compared_stop: str | None = None


class WindowStore:
    """One window of one table, for the holder of a token. Every method raises FencedError when the token is old."""

    def __init__(self, client: Any, ingestion_table: str, source: str, table: str, token: int, window: str) -> None:
        self._client = client
        self._table = ingestion_table
        self.id = table_id(source, table)
        self.token = token
        self._state_key = {"pk": f"state#{self.id}", "sk": "state"}
        self._window_key = {"pk": f"state#{self.id}", "sk": window}
        self._started_at = ""

    def open(self) -> Window | None:
        """The window as it is now; None when this very attempt has finished it already."""
        state = self._get(self._state_key)
        if state is None or int(state["token"]) != self.token:
            holder = "nobody" if state is None else f"token {state['token']}"
            raise FencedError(f"{self.id} belongs to {holder} and not to token {self.token}: nothing was changed")
        self._started_at = state["started_at"]
        item = self._get(self._window_key)
        if item is None:
            return None
        decided = item.get("decided")
        return Window(
            kind=item["kind"],
            start=item.get("start"),
            stop=item.get("stop"),
            decided=None
            if decided is None
            else Decided(int(decided["token"]), decided["manifest"], int(decided["rows"]), int(decided["bytes"])),
            compared_stop=state.get("compared_stop"),
        )

    def fix_stop(self, stop: str) -> str:
        """Sets the window's stop unless an earlier attempt has; gives the one that holds."""
        self._write(self._update(self._window_key, {"stop": stop}, keep=True, condition="attribute_exists(pk)"))
        return str(self._still_open().stop)

    def decide(self, manifest: str, rows: int, size: int) -> Decided:
        """Makes this attempt's files those that count, unless another's do already; gives those that count."""
        mine = {"token": self.token, "manifest": manifest, "rows": rows, "bytes": size}
        self._write(self._update(self._window_key, {"decided": mine}, keep=True, condition="attribute_exists(pk)"))
        decided = self._still_open().decided
        assert decided is not None
        return decided

    def finish(
        self,
        status: str,
        committed_stop: str | None,
        figures: Mapping[str, Any],
        compared_stop: str | None = None,
    ) -> None:
        """Closes the window and frees the table.

        `committed_stop` is where the next window begins, `compared_stop` when the keys were listed, if they change.
        """
        names = {"#holder": "holder", "#lease": "lease_until", "#token": "token"}
        change = "REMOVE #holder, #lease"
        values: dict[str, Any] = {":token": self.token}
        changed = {"committed_stop": committed_stop, "compared_stop": compared_stop}
        given = {name: value for name, value in changed.items() if value is not None}
        if given:
            change = f"SET {', '.join(f'#{name} = :{name}' for name in given)} {change}"
            names.update({f"#{name}": name for name in given})
            values.update({f":{name}": value for name, value in given.items()})
        state = {
            "TableName": self._table,
            "Key": _item(self._state_key),
            "UpdateExpression": change,
            "ConditionExpression": "#token = :token",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": _item(values),
        }
        window = {
            "TableName": self._table,
            "Key": _item(self._window_key),
            "ConditionExpression": "attribute_exists(pk)",
        }
        ended = {**figures, "status": status, "finished_at": text_of(now())}
        history = self._update(self._history_key, ended)
        try:
            self._transact([{"Update": state}, {"Delete": window}, {"Update": history}])
        except ClientError:
            # The answer to the same call may have been lost on its way.
            if self.open() is not None:
                raise

    def note(self, facts: Mapping[str, Any]) -> None:
        """Adds to the history of this attempt, unless it has finished: then nothing more is to be said."""
        is_open = {
            "TableName": self._table,
            "Key": _item(self._window_key),
            "ConditionExpression": "attribute_exists(pk)",
        }
        self._write(self._update(self._history_key, facts), {"ConditionCheck": is_open})

    def fail(self, error_name: str, error: str, figures: Mapping[str, Any]) -> None:
        """Notes how the attempt ended. The window stays open, and the table held until somebody settles it."""
        facts = {**figures, "status": "failed", "error_name": error_name, "error": error[:2000]}
        self.note({**facts, "finished_at": text_of(now())})

    @property
    def _history_key(self) -> dict[str, str]:
        return {"pk": f"history#{self.id}", "sk": f"{self._started_at}#{self.token}"}

    def _still_open(self) -> Window:
        window = self.open()
        if window is None:
            raise FencedError(f"the window of {self.id} was closed by somebody else: nothing was changed")
        return window

    def _get(self, key: Mapping[str, str]) -> dict[str, Any] | None:
        item = self._client.get_item(TableName=self._table, Key=_item(key), ConsistentRead=True).get("Item")
        return None if item is None else {name: _from.deserialize(value) for name, value in item.items()}

    def _update(
        self, key: Mapping[str, str], values: Mapping[str, Any], keep: bool = False, condition: str | None = None
    ) -> dict[str, Any]:
        given = {name: value for name, value in values.items() if value is not None}
        names = {f"#{number}": name for number, name in enumerate(given)}
        settings = [f"#{n} = if_not_exists(#{n}, :{n})" if keep else f"#{n} = :{n}" for n in range(len(given))]
        return {
            "TableName": self._table,
            "Key": _item(key),
            "UpdateExpression": f"SET {', '.join(settings)}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": _item({f":{number}": value for number, value in enumerate(given.values())}),
            **({} if condition is None else {"ConditionExpression": condition}),
        }

    def _write(self, update: dict[str, Any], *more: dict[str, Any]) -> None:
        fence = {
            "TableName": self._table,
            "Key": _item(self._state_key),
            "ConditionExpression": "#token = :token",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": _item({":token": self.token}),
        }
        try:
            self._transact([{"ConditionCheck": fence}, *more, {"Update": update}])
        except ClientError:
            # Says so when it was the fence that did not let it through.
            self._still_open()
            raise

    def _transact(self, items: list[dict[str, Any]]) -> None:
        for left in range(_TRIES - 1, -1, -1):
            try:
                self._client.transact_write_items(TransactItems=items)
            except self._client.exceptions.TransactionCanceledException as error:
                codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
                # Somebody wrote one of the items at the same moment: that says nothing of the conditions.
                if "TransactionConflict" not in codes or "ConditionalCheckFailed" in codes or not left:
                    raise
                time.sleep(0.2)
            else:
                return


_to, _from = TypeSerializer(), TypeDeserializer()


def _item(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _to.serialize(value) for name, value in values.items()}
