"""From DuckDB's SQL, and from rules, to Spark's SQL with the same meaning.

In: the statements of `seawall.store`, or a rule's Ibis expression. Out: text for a Spark session that keeps time in
UTC and fails where a number overflows (`session.session`). What sqlglot translates word for word and Spark means
otherwise is rewritten here, each case by name; what is not named means the same on both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import ibis
import sqlglot
from sqlglot import exp

from seawall.detect.analytic import Analytic

_MICROS: Final = {
    "MICROSECOND": 1, "SECOND": 1_000_000, "MINUTE": 60_000_000, "HOUR": 3_600_000_000, "DAY": 86_400_000_000,
}  # fmt: skip


def of_duckdb(sql: str | exp.Expression) -> str:
    """Return Spark's SQL for a query of DuckDB (or its tree), or for the query of an INSERT."""
    tree = sqlglot.maybe_parse(sql, dialect="duckdb")
    return _rewritten(tree.expression if isinstance(tree, exp.Insert) else tree, _of_duckdb)


def of_rule(rule: Analytic) -> str:
    """Return Spark's SQL for what a rule finds."""
    ibis.pyspark  # noqa: B018 - named, it registers the options that its compiler reads
    return _rewritten(sqlglot.parse_one(str(ibis.to_sql(rule.find(), dialect="pyspark")), read="spark"), _of_ibis)


def columns(sql: str) -> list[str]:
    """Return the names of the columns that an SQL expression of DuckDB reads, in order."""
    return list(dict.fromkeys(column.name for column in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Column)))


def selected(sql: str, name: str) -> str:
    """Return what a query of DuckDB (or of an INSERT) selects under a name, its columns without their tables."""
    tree: Any = sqlglot.parse_one(sql, read="duckdb")
    query = tree.expression if isinstance(tree, exp.Insert) else tree
    found = next(each.this for each in query.selects if each.alias == name)
    plain = found.transform(lambda node: exp.column(node.name) if isinstance(node, exp.Column) else node)
    return str(plain.sql("duckdb"))


def _rewritten(tree: Any, rewrite: Callable[[Any], Any]) -> str:
    """Return Spark's text for a tree in which every node is rewritten, the innermost first."""
    for node in reversed(list(tree.walk())):
        made = rewrite(node)
        if made is not node:
            tree = made if node is tree else tree
            node.replace(made)
    return str(tree.sql("spark", identify=True))


def _call(function: str, *arguments: Any) -> Any:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _number(value: int) -> Any:
    return exp.Literal.number(value)


def _of_duckdb(node: Any) -> Any:
    """Rewrite one node of DuckDB's SQL."""
    if isinstance(node, exp.Cast):
        return _cast(node)
    if isinstance(node, exp.Sum) and not isinstance(node.this, exp.Mul):
        # Spark sums whole numbers in 64 bits; dollars (products by now) are decimals as they are
        return exp.Sum(this=exp.cast(node.this, "DECIMAL(28, 0)"))
    if isinstance(node, exp.DateBin):
        return _bucket(node)
    if isinstance(node, exp.Log):
        # Spark divides logarithms, which makes a power of two a hair less than it is
        return exp.Sub(this=exp.Length(this=_call("BIN", node.expression)), expression=_number(1))
    if isinstance(node, exp.Anonymous) and (rewrite := _FUNCTIONS.get(node.name.upper())):
        return rewrite(*node.expressions)
    return node


def _cast(node: Any) -> Any:
    """Times have one type, UTC; 128 bits are a decimal; dollars are rounded as DuckDB rounds: half away from zero."""
    if node.is_type("TIMESTAMPNTZ"):  # as DuckDB's TIMESTAMP is read
        return exp.cast(node.this, "TIMESTAMPTZ")
    if node.is_type("INT128"):
        return exp.cast(node.this, "DECIMAL(28, 0)")
    if node.is_type("DECIMAL"):
        digits, places = (size.name for size in node.to.expressions)
        whole = exp.TryCast(
            this=_call("ROUND", exp.Mul(this=node.this, expression=sqlglot.parse_one(f"CAST(1E{places} AS DOUBLE)"))),
            to=exp.DataType.build(f"DECIMAL({digits}, 0)"),
            safe=True,
        )
        return exp.Mul(this=whole, expression=sqlglot.parse_one(f"CAST('1E-{places}' AS DECIMAL({places}, {places}))"))
    return node


def _bucket(node: Any) -> Any:
    micros = _call("UNIX_MICROS", node.expression)
    width = int(node.this.name) * _MICROS[node.this.unit.name.upper()]
    return _call("TIMESTAMP_MICROS", exp.Sub(this=micros, expression=_call("PMOD", micros.copy(), _number(width))))


def _hash(*values: Any) -> Any:
    """Spark's hash skips nulls, so that (a, null) would be (null, a)."""
    return _call("XXHASH64", *values, *(_call("ISNULL", value.copy()) for value in values))


def _micros(value: Any) -> Any:
    return _seconds(exp.Div(this=exp.cast(value, "DECIMAL(24, 0)"), expression=_number(1_000_000)))


def _seconds(value: Any) -> Any:
    return _call("MAKE_DT_INTERVAL", _number(0), _number(0), _number(0), exp.cast(value, "DECIMAL(18, 6)"))


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "HASH": _hash,
    "TO_SECONDS": _seconds,
    "TO_MICROSECONDS": _micros,
    "EPOCH_US": lambda time: _call("UNIX_MICROS", time),
}


def _of_ibis(node: Any) -> Any:
    """Rewrite one node of what Ibis compiles for Spark, to mean what Ibis compiles for DuckDB."""
    if isinstance(node, exp.StrToUnix):
        # seconds with their fraction, and rounded where they are made whole
        exact = exp.Div(this=_call("UNIX_MICROS", node.this), expression=exp.cast(_number(1_000_000), "DOUBLE"))
        return _call("RINT", exact) if isinstance(node.parent, exp.Cast) else exp.Paren(this=exact)
    if isinstance(node, exp.WindowSpec):
        _bound(node, "start")
        _bound(node, "end")
    return node


def _bound(frame: Any, side: str) -> None:
    """Give both bounds of a window one unit, as Spark asks; a number is a bound of no width at all."""
    bound = frame.args.get(side)
    if isinstance(bound, exp.Interval):
        seconds, micros = divmod(int(bound.this.name) * _MICROS[str(bound.unit).upper()], 1_000_000)
        frame.set(side, exp.Interval(this=exp.Literal.string(f"{seconds}.{micros:06}"), unit=exp.Var(this="SECOND")))
    elif isinstance(bound, exp.Cast | exp.Literal):
        frame.set(side, "CURRENT ROW")
        frame.set(f"{side}_side", None)
