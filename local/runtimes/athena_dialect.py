"""Athena's SQL as DuckDB's: parses, refuses what cannot be answered faithfully, and keeps Athena's meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from local.runtimes.athena_errors import NotEmulatedQueryError, Place, QueryError, place_of, raised
from local.runtimes.athena_types import literal
from local.runtimes.athena_typing import BY_TYPE, Describe, rewrite_by_type

_INTEGERS = (exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)


class MalformedQueryError(Exception):
    """The statement is no SQL: Athena refuses it when it is started."""


def parse(statement: str) -> exp.Expression:
    """The one statement in a text.

    Raises MalformedQueryError with the place of what is wrong.
    """
    try:
        trees = sqlglot.parse(statement, read="athena")
    except ParseError as error:
        first = error.errors[0]
        highlight = first.get("highlight") or ""
        column = max((first.get("col") or 1) - max(len(highlight) - 1, 0), 1)
        raise MalformedQueryError(f"line {first.get('line') or 1}:{column}: mismatched input '{highlight}'") from error
    except TokenError as error:
        raise MalformedQueryError(f"line 1:1: {str(error).splitlines()[0]}") from error
    parsed = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(parsed) != 1:
        raise MalformedQueryError(f"Only one sql statement is allowed. Got: {len(parsed)}")
    _type_decimal_literals(statement, parsed[0])
    return parsed[0]


_DECIMAL_LITERAL = re.compile(r"\bDECIMAL\s*'([+-]?\d*\.?\d*)'", re.IGNORECASE)


def _type_decimal_literals(statement: str, tree: exp.Expression) -> None:
    """Gives `DECIMAL '1.25'` its own digits. The parser takes it for a cast without digits, which would round it."""
    written = set(_DECIMAL_LITERAL.findall(statement))
    for cast in tree.find_all(exp.Cast) if written else ():
        value = cast.this
        is_literal = isinstance(value, exp.Literal) and value.is_string and value.this in written
        if is_literal and cast.to.this == exp.DType.DECIMAL and not cast.to.expressions:
            whole, _, fraction = value.this.lstrip("+-").partition(".")
            cast.set("to", exp.DataType.build(f"DECIMAL({max(len(whole) + len(fraction), 1)},{len(fraction)})"))


def bind_parameters(tree: exp.Expression, values: Sequence[str]) -> exp.Expression:
    """The statement with each `?` replaced by the text of its value."""
    places = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(values):
        message = f"Incorrect number of parameters: expected {len(places)} but found {len(values)}"
        raise QueryError("INVALID_PARAMETER_USAGE", message)
    for place, value in zip(places, values, strict=True):
        place.replace(sqlglot.parse_one(value, read="athena"))
    return tree


def place_in(statement: str, node: exp.Expression) -> Place | None:
    """Where in the statement a name begins."""
    starts = [part.meta["start"] for part in node.find_all(exp.Identifier) if "start" in part.meta]
    if not starts:
        return None
    start = min(starts)
    return place_of(statement, start)


def to_duckdb(tree: exp.Expression, describe: Describe | None = None) -> str:
    """The statement in DuckDB's SQL, with Athena's meaning; that of decimals only where types can be asked."""
    tree = tree.copy()
    for node in list(_children_first(tree)):
        if isinstance(node, BY_TYPE) and describe is not None and rewrite_by_type(node, describe):
            continue
        for kind, rewrite in _REWRITES.items():
            if isinstance(node, kind):
                changed = rewrite(node)
                if node is tree:
                    tree = changed
                elif changed is not node:
                    node.replace(changed)
                break
    return tree.sql("duckdb")


# What is asked for types is a query with these parts, so they are rewritten before the others.
_FIRST_PARTS = ("with_", "from_", "joins", "laterals", "group")


def _children_first(node: exp.Expression) -> Iterator[exp.Expression]:
    """From the leaves up, so that what a rewrite moves has been rewritten already."""
    for key in sorted(node.args, key=lambda key: (*_FIRST_PARTS, key).index(key)):
        value = node.args[key]
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expression):
                yield from _children_first(child)
    yield node


def _call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _divide(node: exp.Expression) -> exp.Expression:
    return _call("athena_divide", node.this, node.expression)


def _add(node: exp.Expression) -> exp.Expression:
    for date, interval in ((node.this, node.expression), (node.expression, node.this)):
        if isinstance(interval, exp.Interval):
            sign = isinstance(node, exp.Sub)
            return _call("athena_add", date, exp.Neg(this=interval) if sign else interval)
    return node


def _date_add(node: exp.Expression) -> exp.Expression:
    unit = node.text("unit").lower()
    one = exp.Interval(this=exp.Literal.string("1"), unit=exp.var(unit))
    return _call("athena_add", node.this, exp.Mul(this=one, expression=exp.Paren(this=node.expression)))


def _date_diff(node: exp.Expression) -> exp.Expression:
    # DuckDB's date_diff counts how often the unit changes, Athena's how many whole units have passed.
    return _call("date_sub", exp.Literal.string(node.text("unit").lower()), node.expression, node.this)


def _date_trunc(node: exp.Expression) -> exp.Expression:
    return _call("athena_date_trunc", exp.Literal.string(node.text("unit").lower()), node.this)


def _subscript(node: exp.Expression) -> exp.Expression:
    key = node.expressions[0]
    if node.args.get("safe") or len(node.expressions) != 1 or not isinstance(key, exp.Literal):
        return node
    if key.is_string:
        return _call("athena_key", node.this, key)
    # The parser counts from 0.
    return _call("athena_subscript", node.this, exp.Literal.number(int(key.this) + 1))


def _cast(node: exp.Expression) -> exp.Expression:
    if isinstance(node.this, exp.Null):
        return node
    kind = node.to.this
    if kind in _INTEGERS:
        name = "athena_try_whole" if isinstance(node, exp.TryCast) else "athena_whole"
        node.set("this", _call(name, node.this))
    elif kind == exp.DType.DECIMAL and not node.to.expressions:
        node.set("to", exp.DataType.build("DECIMAL(38,0)"))
    elif kind in (exp.DType.VARCHAR, exp.DType.TEXT) and isinstance(node, exp.Cast):
        length = node.to.expressions
        text = _call("athena_text", node.this)
        return _call("left", text, length[0].this) if length else text
    return node


def _named_call(node: exp.Expression) -> exp.Expression:
    name, arguments = node.name.lower(), node.expressions
    if name == "typeof":
        return _call("athena_typeof", *arguments)
    if name == "format_datetime" and len(arguments) == 2 and isinstance(arguments[1], exp.Literal):
        return _call("strftime", arguments[0], exp.Literal.string(_strftime(arguments[1].name)))
    return node


_JODA = {"yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dd": "%d", "EEE": "%a"}
_JODA |= {"EEEE": "%A", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "SSS": "%g", "a": "%p", "DDD": "%j"}


def _strftime(pattern: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1].replace("%", "%%") or "'"
        if found[2] not in _JODA:
            raise NotEmulatedQueryError(f"'{found[2]}' in the pattern of format_datetime")
        return _JODA[found[2]]

    return re.sub(r"'([^']*)'|(([A-Za-z])\3*)", one, pattern)


def _at_time_zone(node: exp.Expression) -> exp.Expression:
    return _call("at_timezone", node.this, node.args["zone"])


def _unnest(node: exp.Expression) -> exp.Expression:
    if len(node.expressions) > 1:
        raise NotEmulatedQueryError("UNNEST of several arrays at once")
    return node


def _refused(what: str) -> Callable[[exp.Expression], exp.Expression]:
    def refuse(_: exp.Expression) -> exp.Expression:
        raise NotEmulatedQueryError(what)

    return refuse


_REWRITES: dict[type[exp.Expression], Callable[[exp.Expression], exp.Expression]] = {
    exp.Div: _divide,
    exp.Add: _add,
    exp.Sub: _add,
    exp.DateAdd: _date_add,
    exp.DateDiff: _date_diff,
    exp.DateTrunc: _date_trunc,
    exp.TimestampTrunc: _date_trunc,
    exp.AtTimeZone: _at_time_zone,
    exp.Typeof: lambda node: _call("athena_typeof", node.this),
    exp.Bracket: _subscript,
    exp.Cast: _cast,
    exp.Anonymous: _named_call,
    exp.Unnest: _unnest,
    exp.MatchRecognize: _refused("MATCH_RECOGNIZE"),
    exp.TableSample: _refused("TABLESAMPLE"),
}

_OUT_OF_BOUNDS = raised("INVALID_FUNCTION_ARGUMENT", "Array subscript must be less than or equal to array length")
_BY_ZERO = raised("DIVISION_BY_ZERO", "Division by zero")
_NO_SUCH_KEY = raised("INVALID_FUNCTION_ARGUMENT", "Key not present in map: ")
_MOMENT = "'%Y-%m-%d %H:%M:%S.%g'"

# Overloads are chosen by the types that the operands turn out to have.
MACROS = f"""
CREATE MACRO athena_divide(a BIGINT, b BIGINT) AS a // b, (a HUGEINT, b HUGEINT) AS a // b,
  (a DOUBLE, b DOUBLE) AS a / b;
CREATE MACRO athena_add(d DATE, i INTERVAL) AS CAST(d + i AS DATE), (d TIMESTAMP, i INTERVAL) AS d + i,
  (d TIMESTAMPTZ, i INTERVAL) AS d + i, (d TIME, i INTERVAL) AS d + i, (d INTERVAL, i INTERVAL) AS d + i;
CREATE MACRO athena_date_trunc(u, d DATE) AS CAST(date_trunc(u, d) AS DATE), (u, d TIMESTAMP) AS date_trunc(u, d),
  (u, d TIMESTAMPTZ) AS date_trunc(u, d);
CREATE MACRO athena_subscript(a, i) AS CASE WHEN a IS NULL THEN NULL WHEN i BETWEEN 1 AND len(a) THEN a[i]
  ELSE error({literal(_OUT_OF_BOUNDS)}) END;
CREATE MACRO athena_key(m, k) AS CASE WHEN m IS NULL THEN NULL WHEN map_contains(m, k) THEN m[k]
  ELSE error({literal(_NO_SUCH_KEY)} || k) END;
CREATE MACRO athena_whole(x BIGINT) AS x, (x HUGEINT) AS x, (x DOUBLE) AS round(x), (x VARCHAR) AS CAST(x AS BIGINT),
  (x BOOLEAN) AS x;
CREATE MACRO athena_try_whole(x BIGINT) AS x, (x HUGEINT) AS x, (x DOUBLE) AS round(x),
  (x VARCHAR) AS TRY_CAST(x AS BIGINT), (x BOOLEAN) AS x;
CREATE MACRO athena_text(x) AS CASE replace(typeof(x), '_MS', '')
  WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), {_MOMENT})
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMPTZ), {_MOMENT}) || ' UTC'
  ELSE CAST(x AS VARCHAR) END;
CREATE MACRO at_timezone(t TIMESTAMP, z) AS timezone(z, timezone('UTC', t)), (t TIMESTAMPTZ, z) AS timezone(z, t);
CREATE MACRO athena_typeof(x) AS lower(typeof(x));
CREATE MACRO athena_nonzero(x) AS CASE WHEN x = 0 THEN error({literal(_BY_ZERO)}) ELSE x END;
CREATE MACRO map_agg(k, v) AS map(list(k), list(v));
CREATE MACRO is_nan(x) AS isnan(x);
CREATE MACRO is_finite(x) AS isfinite(x);
CREATE MACRO url_extract_host(u) AS regexp_extract(u, '^[A-Za-z]+://([^/:?#]+)', 1);
CREATE MACRO url_extract_path(u) AS regexp_extract(u, '^[A-Za-z]+://[^/]+([^?#]*)', 1);
"""
