"""What `lake access` runs: reads the synthesized stacks and answers with one JSON document."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from access.asks import ACTIONS
from access.evaluator import InvalidPolicyError
from access.explain import Question, QuestionError, described, explain
from access.matrix import matrix_of
from access.organization import held_by
from access.page import UnreadablePageError, differences, page_of, read_page
from access.stacks import Estate, read_estate
from access.table import Table, table_of, written

_BAD_INPUT = 2


def main(arguments: list[str] | None = None) -> int:
    """Runs the program.

    :returns: the exit code: 2 if the question or a policy is wrong, and the document says what.
    """
    options = _parser().parse_args(arguments)
    try:
        document = _answer(options)
    except (QuestionError, InvalidPolicyError, UnreadablePageError) as error:
        sys.stdout.write(json.dumps({"error": str(error), "fix": _fix_of(error)}))
        return _BAD_INPUT
    sys.stdout.write(json.dumps(document))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="access", description=__doc__)
    parser.add_argument("--stacks", type=Path, required=True, help="folder of a synthesis")
    parser.add_argument("--compare", type=Path, help="a matrix to compare with")
    parser.add_argument("--organization", type=Path, help="a service control policy that holds all accounts")
    parser.add_argument("--explain", nargs=3, metavar=("PRINCIPAL", "ACTION", "RESOURCE"))
    parser.add_argument("--clearance")
    parser.add_argument("--tag", action="append", default=[])
    parser.add_argument("--context", action="append", default=[])
    return parser


def _fix_of(error: Exception) -> str:
    if isinstance(error, QuestionError):
        return error.fix
    if isinstance(error, UnreadablePageError):
        return "Write the file anew: npm run lake -- access --write"
    return "Put the policies right; nothing is computed from policies that do not mean what they say."


def _answer(options: argparse.Namespace) -> dict[str, Any]:
    estate = read_estate(options.stacks)
    if options.organization is not None:
        estate = held_by(estate, options.organization)
    if options.explain is not None:
        return _explained(estate, Question(*options.explain, options.clearance, options.tag, options.context))
    matrix = matrix_of(estate)
    table = table_of(matrix)
    document = {
        "accounts": {account.name: account.id for account in estate.accounts},
        "decided": matrix.decided,
        "matrix": table.sections,
        "page": page_of(table),
        "text": _text(table, matrix.decided),
    }
    if options.compare is not None:
        document["differences"] = differences(read_page(options.compare.read_text("utf-8")), table)
    return document


def _explained(estate: Estate, question: Question) -> dict[str, Any]:
    answer = explain(estate, question)
    calls = [
        {
            "action": call.action,
            "resource": call.resource,
            "allowed": decision.allowed,
            "reason": decision.reason,
            "statements": [found._asdict() for found in decision.statements],
        }
        for call, decision in answer.calls
    ]
    who = {"principal": answer.who.principal.arn, "clearance": answer.who.clearance}
    return {**who, "allowed": answer.allowed, "calls": calls, "text": described(answer)}


def _text(table: Table, decided: int) -> str:
    width = max(map(len, ACTIONS))
    blocks = []
    for home, rows in table.sections.items():
        for name, cells in rows.items():
            lines = [f"{home}: {name}"]
            lines += [f"  {action:{width}}  {written(cells[action])}" for action in ACTIONS if cells[action]]
            blocks.append("\n".join(lines if len(lines) > 1 else [f"{lines[0]}\n  nothing"]))
    return "\n\n".join([*blocks, f"{decided:,} questions answered; what is not named is not possible"])


if __name__ == "__main__":
    sys.exit(main())
