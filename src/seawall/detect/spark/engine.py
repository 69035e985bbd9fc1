"""The engine on Spark: all is folded and every rule is run there, and the matches come back.

In: a `Log`, and the same events as a relation of DuckDB. Out: what `Engine` gives. DuckDB reads the views from the
files that Spark wrote, as far as it is asked for; Sigma rules are matched here, in one pass over the acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import ibis
import msgspec

from seawall.detect.analytic import Analytic
from seawall.detect.engine import Engine
from seawall.detect.judge import judge
from seawall.detect.spark.dialect import of_rule, selected
from seawall.detect.spark.fold import fold
from seawall.detect.spark.log import Log, sources
from seawall.store import VIEWS
from seawall.store.calls import CALL, finished
from seawall.store.fold import HIT
from seawall.store.lake import quoted
from seawall.store.totals import rollup

#: So many rules run at a time: one alone leaves workers idle between its stages.
AT_ONCE: Final = 4
_STORED: Final = ("calls", "rollup", "seen", "hourly")
#: What a rule finds: the figures become text in `judge`.
_MATCH: Final = {
    column: "STRUCT" if column == "figures" else kind
    for column, kind in VIEWS["matches"].items()
    if column not in {"rule", "key", "hour"}
}
#: Those of a rule's matches that `judge` chooses from: of each hour, the first and the one that lasts longest.
_FEW: Final = f"""
    SELECT {", ".join(_MATCH)}
    FROM (SELECT m.*, min(opened_at) OVER hours AS earliest, max(last) OVER hours AS latest FROM ({{}}) m
          WINDOW hours AS (PARTITION BY owner_key, subject, src_net, severity, date_trunc('HOUR', opened_at)))
    WHERE opened_at = earliest OR last = latest"""


class SparkEngine(Engine):
    """An engine that judges a log once, on Spark.

    `spark`: a session of `session.session`; `log`: the events; `folder`: a folder that Spark and this process share.
    """

    def __init__(self, *engine: Any, spark: Any, log: Log, folder: Path, **rules: Any) -> None:
        super().__init__(*engine, **rules)
        self._spark = spark
        self._log = log
        self._folder = folder

    def add(self, batch: str, version: int | None = None) -> None:  # noqa: ARG002 - as `Engine.add`; nothing is kept
        """Judge the log; `batch` is the relation of its events, each once."""
        self.views.mark(self._marking, None)
        self.marker.mark(self.views, batch)
        self._log.read(self._spark)
        fold(self._spark, self._folder)
        for view in _STORED:
            self.views.con.execute(f"DROP TABLE {view}")
            self._read_back(view, VIEWS[view])
        self._tell()
        self.settings.apply(self.views)
        self._scope()
        judge(self.views, self._found(), self._judging)

    def _tell(self) -> None:
        """Note what each source told, and how far all go."""
        self._store("told", sources())
        self._read_back("told", VIEWS["sources"] | {"now": "TIMESTAMP"})
        self.views.con.execute("INSERT INTO sources BY NAME SELECT * EXCLUDE (now) FROM told")
        self.views.con.execute("UPDATE state SET now = (SELECT max(now) FROM told)")

    def _store(self, name: str, query: str) -> None:
        """Store the rows of a query of Spark, which are few, under a name."""
        self._spark.sql(query).repartition(1).write.parquet(str(self._folder / name))

    def _read_back(self, name: str, kinds: Mapping[str, str]) -> None:
        """Let a view be what Spark stored under its name; a call gets the id that DuckDB knows it by."""
        ids = {column: column for column, kind in kinds.items() if kind in {"UBIGINT", "STRUCT"}} | {"call": CALL}
        read = ", ".join(f"{ids.get(column, f'{column}::{kind}')} AS {column}" for column, kind in kinds.items())
        files = quoted(str(self._folder / name / "*.parquet"))
        self.views.con.execute(f"CREATE VIEW {name} AS SELECT {read} FROM read_parquet({files})")

    def _share(self, name: str, query: str) -> None:
        """Name the rows of a query of DuckDB in Spark."""
        place = self._folder / f"{name}.parquet"
        self.views.con.execute(f"COPY ({query}) TO {quoted(str(place))} (FORMAT parquet)")
        self._spark.read.parquet(str(place)).createOrReplaceTempView(name)

    def _scope(self) -> None:
        """Lay out, in Spark, what the rules read.

        Rules order by ids what was at the same moment, so that the ids must be those of DuckDB.
        """
        self._share("hits", f"SELECT * FROM calls WHERE {HIT} OR call IN (SELECT call FROM marks)")
        self._share("rollup", f"SELECT {selected(finished('calls'), 'cell')} AS cell, * EXCLUDE (cell) FROM rollup")
        self._share("seen", f"SELECT {selected(rollup('calls'), 'fact')} AS fact, * EXCLUDE (fact) FROM seen")
        for table in ("known_nets", "owner_groups"):
            self._share(table, f"FROM {table}")
        self._share("scope_marks", "FROM marks")
        for view in ("rollup", "hits", "seen", "hourly"):
            network = "v.src_net" if "src_net" in VIEWS[view] else "NULL"
            scoped = self._spark.sql(
                "SELECT v.*, k.src_net IS NOT NULL AS known, coalesce(o.owner_group, v.owner_key) AS owner_group"
                f" FROM {view} v LEFT JOIN known_nets k ON k.src_net = {network}"
                " LEFT JOIN owner_groups o ON o.owner_id = v.owner_id"
            )
            scoped.createOrReplaceTempView(f"scope_{view}")

    def _found(self) -> list[Analytic]:
        """Run the rules; return each as one that finds what it found."""
        found = {f"found_{number}": rule for number, rule in enumerate(self.rules.values())}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            stored = pool.map(lambda name: self._store(name, _FEW.format(of_rule(found[name]))), found)
            list(stored)  # raises what went wrong
        for name in found:
            self._read_back(name, _MATCH)
        return [
            msgspec.structs.replace(rule, find=partial(ibis.table, rule.find().schema(), name=name))
            for name, rule in found.items()
        ]
