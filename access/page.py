"""`docs/access-matrix.md`: the expected matrix, written and read, and compared with what the policies give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from access.asks import ACTIONS
from access.table import Cells, Table, written

_HEAD = """\
# Access matrix

Who may do what, computed from the synthesized policies. Written by `npm run lake -- access --write` and compared by
the tests: a difference is either a mistake or a decision, and then this file is committed with it.
[access.md](access.md) says how to read it. What is not here is not possible. Grants of Lake Formation are not computed:
they can only narrow what data-scientists and data-analysts query.
"""
_ELSEWHERE = "elsewhere"
_ENTRY = re.compile(r"(?P<place>[^,(]+?)(?: \((?P<said>[^)]*)\))?(?:, |$)")


class UnreadablePageError(ValueError):
    """The committed matrix is no table that this program writes."""


def page_of(table: Table) -> str:
    """The file's text."""
    lines = [_HEAD.rstrip()]
    for home, rows in table.sections.items():
        title = "Everybody else" if home == _ELSEWHERE else f"Account {home}"
        lines += ["", f"## {title}", "", _row("who", list(ACTIONS)), _row("---", ["---"] * len(ACTIONS))]
        lines += [_row(f"`{name}`", [_cell(cells[action]) for action in ACTIONS]) for name, cells in rows.items()]
    return "\n".join(lines) + "\n"


def _row(head: str, cells: list[str]) -> str:
    return f"| {head} | {' | '.join(cells)} |"


def _cell(cell: dict[str, str]) -> str:
    return written(cell).replace("*", "\\*").replace("|", "\\|") or "-"


def read_page(text: str) -> Table:
    """The matrix of a page.

    :raises UnreadablePageError: naming the line.
    """
    table = Table()
    rows: dict[str, Cells] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            title = line.removeprefix("## ").removeprefix("Account ")
            rows = table.sections.setdefault(_ELSEWHERE if title == "Everybody else" else title, {})
        elif line.startswith("| `"):
            name, *cells = [part.strip() for part in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
            if len(cells) != len(ACTIONS):
                raise UnreadablePageError(f"line {number} has {len(cells)} actions, and there are {len(ACTIONS)}")
            rows[name.strip("`")] = {action: dict(_entries(cell)) for action, cell in zip(ACTIONS, cells, strict=True)}
        elif line.startswith("|") and not line.startswith(("| who ", "| --- ")):
            raise UnreadablePageError(f"line {number} is no row: {line[:60]}")
    return table


def _entries(cell: str) -> Iterator[tuple[str, str]]:
    text = "" if cell == "-" else cell.replace("\\*", "*").replace("\\|", "|")
    for found in _ENTRY.finditer(text):
        yield found["place"], found["said"] or ""


def differences(before: Table, after: Table) -> list[str]:
    """Each cell that differs, with what was granted and what was removed."""
    found = []
    for home in dict.fromkeys([*before.sections, *after.sections]):
        old, new = before.sections.get(home, {}), after.sections.get(home, {})
        for name in dict.fromkeys([*old, *new]):
            label = f"{home}: {name}"
            if name not in new:
                found.append(f"{label}: is gone")
            elif name not in old:
                found.append(f"{label}: is new")
            for action in ACTIONS:
                changes = _changes(old.get(name, {}).get(action, {}), new.get(name, {}).get(action, {}))
                found += [f"{label}: {action} {change}" for change in changes]
    return found


def _changes(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for place in dict.fromkeys([*old, *new]):
        before, after = old.get(place), new.get(place)
        if before == after:
            continue
        if before is None:
            yield f"granted: {written({place: after or ''})}"
        elif after is None:
            yield f"removed: {written({place: before})}"
        else:
            yield f"changed: {written({place: before})} -> {written({place: after})}"
