"""The matrix as a table: a row for each who, a column for each action, in its cells the places that are open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from access.asks import ACTIONS, CLASSIFICATIONS
from access.matrix import Matrix, Place, Qualifiers, Row
from access.places import REST
from access.who import LEVELS

#: What of an action is told by its name alone; of all else the kind is said as well.
_PLAIN_KIND = {**dict.fromkeys(("read", "write", "delete", "tag"), "bucket"), "decrypt": "key", "query": "database"}

#: Row -> action -> place as it is written -> what it is open for as it is written, which may be nothing.
Cells = dict[str, dict[str, str]]


@dataclass
class Table:
    """The matrix in words: what is committed, compared and shown."""

    #: Account -> name of who, with its clearance -> cells.
    sections: dict[str, dict[str, Cells]] = field(default_factory=dict)


def table_of(matrix: Matrix) -> Table:
    """The matrix in words."""
    table = Table()
    for row in sorted(matrix.rows, key=_order):
        name = row.label if row.clearance is None else f"{row.label}, {row.clearance}"
        cells = {action: dict(_cell(row, action, matrix.asked[action])) for action in ACTIONS}
        table.sections.setdefault(row.home, {})[name] = cells
    return table


def _order(row: Row) -> tuple[bool, str, bool, str, int]:
    level = -1 if row.clearance is None else LEVELS.index(row.clearance)
    return row.home == "elsewhere", row.home, row.label.startswith("root of "), row.label, level


def _cell(row: Row, action: str, asked: Mapping[Place, Qualifiers]) -> Iterator[tuple[str, str]]:
    opened = row.cells[action]
    wholes: dict[Place, str] = {}
    parts: list[tuple[str, str]] = []
    for whole in dict.fromkeys(place._replace(folder="") for place in asked):
        folders = [place for place in asked if place._replace(folder="") == whole]
        said = {place: _said(action, opened.get(place, ()), asked[place]) for place in folders}
        label = _label(whole, action, row.home)
        if len(set(said.values())) == 1:
            text = next(iter(said.values()))
            if text is not None:
                wholes[whole] = text
            continue
        parts += [(f"{label}/{place.folder}", text) for place, text in _folders(said)]
    yield from sorted([*_together(wholes, list(asked), action, row.home), *parts])


def _folders(said: Mapping[Place, str | None]) -> Iterator[tuple[Place, str]]:
    """Folders that differ from the one that they lie in."""
    for place, text in said.items():
        around = [other for other in said if other != place and _lies_in(place.folder, other.folder)]
        outer = said[max(around, key=lambda other: len(other.folder))] if around else None
        if text != outer:
            yield place, "nothing" if text is None else text


def _lies_in(inner: str, outer: str) -> bool:
    if REST in (inner, outer):
        return False
    pattern = re.escape(outer).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, inner.replace("*", "any")) is not None


def _together(wholes: Mapping[Place, str], asked: list[Place], action: str, home: str) -> Iterator[tuple[str, str]]:
    """What is open everywhere in an account is one entry."""
    for account, kind in dict.fromkeys((place.account, place.kind) for place in wholes):
        members = {place._replace(folder="") for place in asked if (place.account, place.kind) == (account, kind)}
        texts = {wholes.get(place) for place in members}
        if len(members) > 1 and len(texts) == 1 and None not in texts:
            every = Place(account, kind, f"every {kind}")
            yield _label(every, action, home, is_named=True), next(iter(wholes[place] for place in members))
        else:
            yield from ((_label(place, action, home), text) for place, text in wholes.items() if place in members)


def _label(place: Place, action: str, home: str, *, is_named: bool = False) -> str:
    is_plain = is_named or place.kind == _PLAIN_KIND.get(action)
    name = place.name if is_plain else f"{place.kind} {place.name}"
    return name if place.account == home else f"{place.account}:{name}"


def _said(action: str, opened: Qualifiers, possible: Qualifiers) -> str | None:
    """Qualifiers in words: nothing where everything is possible, `None` where nothing is."""
    if not opened:
        return None
    if opened == possible:
        return ""
    if possible == CLASSIFICATIONS and opened == LEVELS[: len(opened)] and len(opened) > 1:
        return f"to {opened[-1]}"
    return "+".join(opened)


def written(cell: Mapping[str, str]) -> str:
    """A cell as text."""
    return ", ".join(place if not said else f"{place} ({said})" for place, said in cell.items())
