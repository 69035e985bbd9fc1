"""The engine on Spark: it finds what the engine on DuckDB finds, to the byte."""

from __future__ import annotations

import gc
import random
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seawall.detect.analytic import Analytic
from seawall.detect.analytics import ANALYTICS
from seawall.detect.engine import Engine
from seawall.detect.examples.check import examples
from seawall.detect.examples.example import at, events
from seawall.detect.history import NAME, _name, from_paths
from seawall.detect.marking import analytic, own_rules
from seawall.detect.settings import KnownNetwork, Owner, Settings
from seawall.detect.spark import Log, SparkEngine, session
from seawall.detect.spark.dialect import of_duckdb, of_rule
from seawall.intake.read import Reading
from seawall.model import IncompleteError, UsageError
from seawall.simulate import World
from seawall.store import VIEWS, Views
from support.noise import noise

pyspark = pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
#: Spark's own bridge to Java leaves sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
Rows = list[dict[str, Any]]
#: Ids differ between engines; what they tell apart must not.
IDS = {"calls": "cell", "rollup": "cell, fact", "seen": "fact", "hourly": "NULL", "sources": "NULL"}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield a local Spark that starts quickly; skip where there is no Java."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
        with session(tmp_path_factory.mktemp("spark"), memory="1GB") as started:
            yield started
    gc.collect()


def read(views: Views) -> dict[str, list[Any]]:
    """Return all that the views say, without the ids of an engine, as text: a number that is none equals itself."""
    told = {"matches": views.rows("SELECT * FROM matches ORDER BY ALL")}
    for view, ids in IDS.items():
        kept = ", ".join(column for column in VIEWS[view] if column not in ids.split(", "))
        told[view] = [repr(row) for row in views.rows(f"SELECT {kept} FROM {view} ORDER BY ALL")]
    return told


def judged(make: Any, relation: str, settings: Settings) -> tuple[dict[str, list[Any]], list[bytes]]:
    """Return what an engine's views say of a relation of DuckDB, and its findings as lines."""
    with Views(history=NAME) as views:
        views.con.execute(f"CREATE TEMP VIEW {NAME} AS FROM {relation}")
        engine = make(views, settings, sigma=own_rules())
        engine.add(NAME)
        return read(views), [msgspec.json.encode(finding) for finding in engine.findings(NAME)]


def both(spark: Any, table: pa.Table, folder: Path, settings: Settings = Settings()) -> Any:  # noqa: B008 - frozen
    """Return what both engines make of a table of events, DuckDB first."""
    log = folder / "events.parquet"
    pq.write_table(table, log)
    (folder / "work").mkdir()
    on_spark = partial(SparkEngine, spark=spark, log=Log((str(log),)), folder=folder / "work")
    relation = f"read_parquet('{log}')"
    return judged(Engine, relation, settings), judged(on_spark, relation, settings)


def all_examples() -> Rows:
    """Return the rows of all rules' examples in one world, in which none meets another: own owners, own networks."""
    rows: Rows = []
    networks: dict[tuple[str, str], int] = {}
    for rule in ANALYTICS:
        for number, example in enumerate(sum(examples(rule), ())):
            for row in map(dict, example.rows):
                name = f"{rule.id}.{number}"
                if row.get("owner_id", "") is not None:
                    row["owner_id"] = f"{name}.{row.get('owner_id', 'owner')}"
                if net := row.get("src_net", "192.0.2.0/24"):
                    place = networks.setdefault((name, net), len(networks))
                    row["src_net"] = f"198.{18 + place // 256}.{place % 256}.0/24"
                rows.append(row)
    return rows


def hostile() -> Rows:
    """Return rows at the edges of numbers and times: what a thief may write into a log."""
    costs = (3.75e-8, 2.5e-9, 0.5e-9, -1.5e-9, 1e9, 999_999_999.5, float("nan"), float("inf"), -0.0, 1e-300, 0.1, 0.2)
    tokens = (-1, 0, 1, 7, 8, 2**20 - 1, 2**20, 2**29, 2**53)
    times = ("1969-12-31T23:59:59.999999", "0300-01-01T00:00:00.5", "9000-01-01T00:00:00", at(3))
    rng = random.Random(5)
    rows: Rows = []
    for number in range(400):
        whole = {
            "cost_usd": rng.choice(costs),
            "input_tokens": rng.choice(tokens),
            "output_tokens": rng.choice((*tokens, 2**62)),
        }
        row = {"time": rng.choice(times), "owner_id": "hostile", "request_id": rng.choice("abcdef"), **whole}
        row["bucket_seconds"] = rng.choice((0, 0, 0, 1, 60, 3600, 86_400))
        row["event_id"] = f"hostile-{number}"
        row |= {name: None for name in ("owner_id", "credential_id", "src_net", "outcome") if rng.random() < 0.2}
        rows.append(row)
    return rows


@pytest.mark.slow
def test_same_views_matches_and_findings(spark: Any, tmp_path: Path) -> None:
    """Every rule's examples, noise, and numbers at their edges: views, matches and findings are those of DuckDB."""
    rows = [*all_examples(), *noise(3, 300), *hostile()]
    settings = Settings(
        networks=(KnownNetwork("203.0.113.0/24", "office"),),
        owners=(Owner("noise-1", "group"), Owner("noise-2", "group")),
    )
    (views, findings), (views_on_spark, findings_on_spark) = both(spark, events(rows), tmp_path, settings)
    for view, told in views.items():
        assert views_on_spark[view] == told, view
    assert findings_on_spark == findings
    fired = {match[0] for match in views["matches"]}
    assert {rule.id for rule in ANALYTICS} <= fired


@pytest.mark.slow
def test_same_findings_in_a_simulated_world(spark: Any, tmp_path: Path) -> None:
    """A week of ten owners in native logs, each there twice, up to a time: the findings are equal as lines of JSON."""
    World.build(7, 7, 10).write(tmp_path)
    shutil.copytree(tmp_path / "logs", tmp_path / "logs" / "again")
    settings = Settings.load(owners=tmp_path / "owners.csv")
    reading = Reading(geo=(str(tmp_path / "geo.csv"),))
    folder = tmp_path / "work"
    folder.mkdir()

    def findings(make: Any, until: datetime) -> list[bytes]:
        with Views(history=NAME) as views:
            _name(views, *(f"read_parquet('{file}')" for file in files))
            views.con.execute(f"CREATE TEMP VIEW early AS FROM {NAME} WHERE time < TIMESTAMPTZ '{until}+00'")
            engine = make(views, settings, sigma=own_rules())
            engine.add("early")
            return [msgspec.json.encode(finding) for finding in engine.findings("early")]

    with Views() as views:
        from_paths(views, [str(tmp_path / "logs")], [], folder, reading, 1)
        files = sorted(folder.glob("events/*.parquet"))
        (last,) = views.rows(f"SELECT max(time)::TIMESTAMP FROM {NAME}")[0]
    until = last - timedelta(days=1)
    log = Log(tuple(map(str, files)), until=until)
    expected = findings(Engine, until)
    assert findings(partial(SparkEngine, spark=spark, log=log, folder=folder), until) == expected
    assert len(expected) > 10


@pytest.mark.slow
def test_nothing_in_nothing_out(spark: Any, tmp_path: Path) -> None:
    """A log without events has no findings, and every view of it is empty."""
    (views, findings), (views_on_spark, findings_on_spark) = both(spark, events(()), tmp_path)
    assert findings_on_spark == findings == []
    assert views_on_spark == views
    assert not any(views.values())


@pytest.mark.slow
def test_what_fails_in_spark_is_told_in_a_sentence(spark: Any, tmp_path: Path) -> None:
    """A query that Spark refuses is an error of ours, with Spark's own first line."""
    with pytest.raises(IncompleteError, match="no_such_view"), session(tmp_path):
        spark.sql("SELECT * FROM no_such_view")


@pytest.mark.slow
def test_a_session_of_others_is_left_as_it_was(spark: Any, tmp_path: Path) -> None:
    """Within another's session, queries mean what they must; afterwards its settings stand, and it runs."""
    spark.conf.set("spark.sql.ansi.enabled", "false")
    with session(tmp_path) as same:
        assert same.conf.get("spark.sql.ansi.enabled") == "true"
    assert spark.conf.get("spark.sql.ansi.enabled") == "false"
    assert spark.sql("SELECT 1").count() == 1
    spark.conf.set("spark.sql.ansi.enabled", "true")


@pytest.mark.parametrize("rule", [*ANALYTICS, *map(analytic, own_rules())], ids=lambda rule: rule.id)
def test_every_rule_compiles_for_spark(rule: Analytic) -> None:
    """Every rule is written in what Spark has too: no aggregate over a window that it lacks, no cast to an interval."""
    sql = of_rule(rule)
    assert "INTERVAL)" not in sql
    assert not re.search(r"COUNT\(DISTINCT [^)]*\) OVER", sql)


@pytest.mark.parametrize(
    ("duckdb", "expected"),
    [
        ("SELECT hash(a, b)", "SELECT XXHASH64(`a`, `b`, ISNULL(`a`), ISNULL(`b`))"),
        ("SELECT sum(a)", "SELECT SUM(CAST(`a` AS DECIMAL(28, 0)))"),
        ("SELECT t::TIMESTAMP", "SELECT CAST(`t` AS TIMESTAMP)"),
        (
            "SELECT time_bucket(INTERVAL 5 MINUTE, t)",
            "SELECT TIMESTAMP_MICROS(UNIX_MICROS(`t`) - PMOD(UNIX_MICROS(`t`), 300000000))",
        ),
        ("INSERT INTO x BY NAME SELECT a FROM b", "SELECT `a` FROM `b`"),
    ],
)
def test_what_spark_means_otherwise_is_rewritten(duckdb: str, expected: str) -> None:
    """Each case in which the same words mean something else to Spark is put in other words."""
    assert of_duckdb(duckdb) == expected


def test_without_pyspark_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is missing, the hint names it."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError) as error, session(tmp_path):
        pass
    assert "seawall[spark]" in error.value.hint


def test_without_java_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no Java is found, the error says so before Spark prints pages."""
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="Java"), session(tmp_path):
        pass
