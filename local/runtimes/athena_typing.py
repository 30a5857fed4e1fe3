"""What depends on the types of operands: comparisons that Athena refuses, and the results of decimals.

DuckDB tells the types: the operands are described as columns of a query with the same FROM and GROUP BY.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from local.runtimes.athena_errors import Place, QueryError
from local.runtimes.athena_types import athena_type

Describe = Callable[[exp.Select], list[str] | None]
"""Types of a query's columns, or None where it cannot be described by itself."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_SYMBOLS = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_INTEGERS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 19}
_MOST_DIGITS = 38
_CLASSES = (
    ("text", r"VARCHAR"),
    ("number", r"(TINY|SMALL|BIG|HUGE|UTINY|USMALL|U|UBIG)?INT(EGER)?|INTEGER|DECIMAL.*|FLOAT|DOUBLE"),
    ("time", r"DATE|TIMESTAMP.*"),
    ("boolean", r"BOOLEAN"),
)


def check_comparisons(
    tree: exp.Expression, describe: Describe, place: Callable[[exp.Expression], Place | None]
) -> None:
    """Refuses comparisons of what Athena does not convert: `day = '2026-01-01'` for a day that is a date.

    Raises QueryError TYPE_MISMATCH.
    """
    for select in tree.find_all(exp.Select):
        for is_grouped in (False, True):
            pairs = [pair for pair in _pairs_of(select) if _is_grouped(pair[0]) is is_grouped]
            sides = [side for _, *both in pairs for side in both]
            types = describe(_probe(select, sides, is_grouped)) if pairs else []
            # One that cannot be described, such as one that looks outside of its query, must not hide the others.
            known = types or [None] * len(sides)
            for index, (node, left, right) in enumerate(pairs):
                both = known[2 * index : 2 * index + 2]
                if types is None:
                    both = describe(_probe(select, [left, right], is_grouped)) or both
                if both[0] is not None and both[1] is not None:
                    _check(node, both[0], both[1], place(left))


def _pairs_of(select: exp.Select) -> list[tuple[exp.Expression, exp.Expression, exp.Expression]]:
    own = (node for node in select.find_all(*_COMPARISONS) if node.find_ancestor(exp.Select, exp.Lambda) is select)
    return [pair for node in own for pair in _pairs(node)]


def make_exact(node: exp.Expression, describe: Describe) -> bool:
    """Gives the division, mean or rounding of decimals the result that it has in Athena.

    False where there is nothing to do: nothing is decimal, or its types cannot be told.
    """
    select = node.find_ancestor(exp.Select)
    operands = [node.this, node.expression] if isinstance(node, exp.Div) else [node.this]
    if select is None or any(_is_plain(operand) for operand in operands):
        return False
    types = describe(_probe(select, operands, _is_grouped(node) and not isinstance(node, exp.Avg))) or []
    digits = [found for found in map(_digits, types) if found is not None]
    if len(digits) < len(operands) or not any(kind.startswith("DECIMAL") for kind in types):
        return False
    (precision, scale), (_, other_scale) = digits[0], digits[-1]
    if isinstance(node, exp.Avg):
        _wrap(_outermost(node), precision, scale)
    elif isinstance(node, exp.Round):
        _wrap(node, precision + 1, scale)
    else:
        node.set("this", exp.cast(node.this, "DOUBLE"))
        divisor = exp.Anonymous(this="athena_nonzero", expressions=[exp.cast(node.expression, "DOUBLE")])
        node.set("expression", divisor)
        _wrap(node, precision + other_scale + max(0, other_scale - scale), max(scale, other_scale))
    return True


def _outermost(node: exp.Expression) -> exp.Expression:
    """The mean with its FILTER and OVER, which belong to it."""
    while isinstance(node.parent, (exp.Filter, exp.Window)) and node.arg_key == "this":
        node = node.parent
    return node


def _wrap(node: exp.Expression, precision: int, scale: int) -> None:
    """Rounds in place: what is below is still to be rewritten."""
    kind = f"DECIMAL({min(_MOST_DIGITS, max(precision, scale))},{scale})"
    place = exp.Null()
    node.replace(place)
    rounded = exp.Anonymous(this="round", expressions=[node, exp.Literal.number(scale)])
    place.replace(exp.Cast(this=rounded, to=exp.DataType.build(kind)))


def _is_plain(operand: exp.Expression) -> bool:
    """Whether it is a floating point number at first sight."""
    return isinstance(operand, exp.Cast) and operand.to.this in (exp.DType.DOUBLE, exp.DType.FLOAT)


def _probe(select: exp.Select, operands: Sequence[exp.Expression], is_grouped: bool) -> exp.Select:
    """A query whose columns are the operands."""
    probe = exp.Select(expressions=[exp.alias_(side.copy(), f"c{index}") for index, side in enumerate(operands)])
    keys = ["from_", "joins", "laterals"] + (["group"] if is_grouped else [])
    for key in keys:
        if value := select.args.get(key):
            probe.set(key, [part.copy() for part in value] if isinstance(value, list) else value.copy())
    group = probe.args.get("group")
    for number in group.expressions if group else []:
        if isinstance(number, exp.Literal) and number.is_int:
            number.replace(select.expressions[int(number.this) - 1].unalias().copy())
    _add_common_tables(probe, select)
    return probe


def _add_common_tables(probe: exp.Select, select: exp.Select) -> None:
    """The tables of WITH that the query sees: those of each WITH around it, up to the one that it stands in."""
    tables: list[exp.Expression] = []
    inside: list[exp.Expression] = []
    around: exp.Expression | None = select
    while around is not None:
        with_ = around.args.get("with_")
        seen = []
        for table in with_.expressions if with_ else []:
            if any(table is one for one in inside):
                break
            seen.append(table.copy())
        tables = seen + tables
        inside.append(around)
        around = around.parent
    if tables:
        probe.set("with_", exp.With(expressions=tables))


def _is_grouped(node: exp.Expression) -> bool:
    return node.find(exp.AggFunc) is not None


def _pairs(node: exp.Expression) -> list[tuple[exp.Expression, exp.Expression, exp.Expression]]:
    if isinstance(node, exp.Between):
        return [(node, node.this, node.args["low"]), (node, node.this, node.args["high"])]
    if isinstance(node, exp.In):
        return [(node, node.this, entry) for entry in node.expressions]
    is_query = any(isinstance(side, (exp.Subquery, exp.Any, exp.All)) for side in (node.this, node.expression))
    return [] if is_query else [(node, node.this, node.expression)]


def _check(node: exp.Expression, left: str, right: str, place: Place | None) -> None:
    classes = [_class(left), _class(right)]
    if None in classes or classes[0] == classes[1]:
        return
    sides = f"{athena_type(left)}, {athena_type(right)}"
    symbol = _SYMBOLS.get(type(node))
    if symbol is not None:
        message = f"Cannot apply operator: {athena_type(left)} {symbol} {athena_type(right)}"
    elif isinstance(node, exp.Between):
        message = f"Cannot check if {athena_type(left)} is BETWEEN {athena_type(right)}"
    else:
        message = f"IN value and list items must be the same type: {sides}"
    raise QueryError("TYPE_MISMATCH", message, place)


def _class(kind: str) -> str | None:
    return next((name for name, pattern in _CLASSES if re.fullmatch(pattern, kind)), None)


def _digits(kind: str) -> tuple[int, int] | None:
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return int(found[1]), int(found[2])
    return (_INTEGERS[kind], 0) if kind in _INTEGERS else None
