"""What depends on the types of operands: comparisons that Athena refuses, and the results of decimals.

DuckDB tells the types: the operands are described as columns of a query with the same FROM and GROUP BY.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from local.runtimes.athena_errors import NotEmulatedQueryError, Place, QueryError
from local.runtimes.athena_types import athena_type

Describe = Callable[[exp.Select], list[str] | None]
"""Types of a query's columns, or None where it cannot be described by itself."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_SYMBOLS = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_INTEGERS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 19}
_MOST_DIGITS = 38
_WHOLE = (exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)
BY_TYPE = (
    *(exp.Div, exp.Avg, exp.Round, exp.Add, exp.Sub, exp.Cast),
    *(exp.DateAdd, exp.DateTrunc, exp.TimestampTrunc, exp.AtTimeZone),
)
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


def rewrite_by_type(node: exp.Expression, describe: Describe) -> bool:
    """Rewrites in place what depends on the types of its operands; False where macros can choose by them.

    They cannot with aggregates, whose types DuckDB knows only later: it would choose wrongly, or not at all.
    """
    operands = _typed_operands(node)
    select = node.find_ancestor(exp.Select)
    if select is None or not operands:
        return False
    has_aggregate = any(operand.find(exp.AggFunc) for operand in operands)
    if not has_aggregate and not isinstance(node, (exp.Div, exp.Avg, exp.Round)):
        return False
    types = describe(_probe(select, operands, has_aggregate))
    if types is None:
        if has_aggregate and not isinstance(node, exp.Round):
            what = node.sql("athena")
            raise NotEmulatedQueryError(f"{what}: the types in it cannot be told; calculate its parts in a query below")
        return False
    if isinstance(node, exp.Div):
        return _divide(node, types)
    if isinstance(node, (exp.Avg, exp.Round)):
        return _keep_scale(node, types[0])
    _convert(node, types[0])
    return True


def _typed_operands(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Div):
        return [node.this, node.expression]
    if isinstance(node, (exp.Add, exp.Sub)):
        return [node.this] if isinstance(node.expression, exp.Interval) else []
    if isinstance(node, exp.Cast):
        return [node.this] if node.to.this in _WHOLE else []
    return [node.this] if isinstance(node, BY_TYPE) else []


def _divide(node: exp.Expression, types: list[str]) -> bool:
    digits = [found for found in map(_digits, types) if found is not None]
    if len(digits) == len(types) and any(kind.startswith("DECIMAL") for kind in types):
        (precision, scale), (_, other_scale) = digits
        node.set("this", exp.cast(node.this, "DOUBLE"))
        divisor = exp.Anonymous(this="athena_nonzero", expressions=[exp.cast(node.expression, "DOUBLE")])
        node.set("expression", divisor)
        _round(node, precision + other_scale + max(0, other_scale - scale), max(scale, other_scale))
    elif len(digits) == len(types):
        whole = exp.IntDiv(this=exp.cast(node.this, "BIGINT"), expression=exp.cast(node.expression, "BIGINT"))
        node.replace(exp.Paren(this=whole))
    elif any(kind in ("DOUBLE", "FLOAT") for kind in types):
        node.set("this", exp.cast(node.this, "DOUBLE"))
        node.set("expression", exp.cast(node.expression, "DOUBLE"))
    else:
        return False
    return True


def _keep_scale(node: exp.Expression, kind: str) -> bool:
    digits = _digits(kind)
    if digits is None or not kind.startswith("DECIMAL"):
        return False
    if isinstance(node, exp.Avg):
        _round(_outermost(node), *digits)
    elif node.args.get("decimals"):
        _round(node, digits[0] + 1, digits[1])
    return True


def _convert(node: exp.Expression, kind: str) -> None:
    """What macros do by the type of their operand, for one that is told."""
    if isinstance(node, exp.Cast):
        if kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
            node.set("this", exp.Anonymous(this="round", expressions=[node.this]))
        return
    if isinstance(node, exp.AtTimeZone):
        if kind != "TIMESTAMP WITH TIME ZONE":
            node.set("this", exp.Anonymous(this="timezone", expressions=[exp.Literal.string("UTC"), node.this]))
        return
    if isinstance(node, exp.DateAdd):
        one = exp.Interval(this=exp.Literal.string("1"), unit=exp.var(node.text("unit").lower()))
        many = exp.Mul(this=one, expression=exp.Paren(this=node.expression))
        added: exp.Expression = exp.Add(this=node.this, expression=many)
        node.replace(added)
        node = added
    if kind == "DATE":
        _cast_in_place(node, "DATE")


def _outermost(node: exp.Expression) -> exp.Expression:
    """The mean with its FILTER and OVER, which belong to it."""
    while isinstance(node.parent, (exp.Filter, exp.Window)) and node.arg_key == "this":
        node = node.parent
    return node


def _round(node: exp.Expression, precision: int, scale: int) -> None:
    rounded = exp.Anonymous(this="round", expressions=[exp.Null(), exp.Literal.number(scale)])
    _put_around(node, rounded.expressions[0], rounded)
    _cast_in_place(rounded, f"DECIMAL({min(_MOST_DIGITS, max(precision, scale))},{scale})")


def _cast_in_place(node: exp.Expression, kind: str) -> None:
    cast = exp.Cast(this=exp.Null(), to=exp.DataType.build(kind))
    _put_around(node, cast.this, cast)


def _put_around(node: exp.Expression, place: exp.Expression, around: exp.Expression) -> None:
    """Puts something around a node without copying it: what is below may still have to be rewritten."""
    node.replace(around)
    place.replace(node)


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
