"""A Spark session that means by a query what DuckDB means: on the cluster that the environment names, else here.

Who has a cluster names its configuration as Spark's users do (`SPARK_CONF_DIR`, `PYSPARK_SUBMIT_ARGS`, `SPARK_REMOTE`),
or calls Seawall from a program that has a session. Otherwise Spark runs on this machine, and listens to nobody else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from seawall.model import IncompleteError, UsageError

#: Where Spark is told of a cluster.
CLUSTER: Final = ("SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "SPARK_REMOTE")
#: What our queries rely on, wherever they run: one time zone, no number that wraps, times of any year as they are.
MEANING: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}
_DOCS: Final = "how-to/spark"
_QUIET: Final = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = spark: %m%n
"""


@contextmanager
def session(folder: Path, *, workers: int = 2, memory: str = "2GB") -> Iterator[Any]:
    """Yield a session; what was started here is stopped afterwards, and a session of others is left as it was.

    Args:
        folder: where a local Spark may put what does not fit into memory.
        workers: threads of a local Spark.
        memory: its memory, in DuckDB's words: `2GB`.

    Raises:
        UsageError: pyspark is missing, or Java is.
        IncompleteError: Spark did not start, or failed at what it was asked within.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - an extra
        from pyspark.errors import PySparkException  # noqa: PLC0415 - the same
        from pyspark.sql import SparkSession  # noqa: PLC0415 - the same
    except ImportError:
        raise UsageError("--engine spark needs pyspark", hint='pip install "seawall[spark]"', docs=_DOCS) from None
    running = SparkSession.getActiveSession()
    try:
        spark = running or _started(SparkSession.builder.appName("seawall"), folder, workers, memory)
        before = {name: str(spark.conf.get(name)) for name in MEANING}
        try:
            _set(spark, MEANING)
            yield spark
        finally:
            if running is None:
                spark.stop()
            else:
                _set(spark, before)
    except (PySparkException, Py4JError) as error:
        said = str(error).strip().partition("\n")[0]
        raise IncompleteError(f"Spark could not complete: {said}", hint="see Spark's own log", docs=_DOCS) from error


def _set(spark: Any, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        spark.conf.set(name, value)


def _started(builder: Any, folder: Path, workers: int, memory: str) -> Any:
    if "SPARK_REMOTE" not in os.environ and not _java():
        raise UsageError("Spark needs Java", hint="install Java 17, or set JAVA_HOME to where it is", docs=_DOCS)
    if not any(name in os.environ for name in CLUSTER):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        for name, value in _local(folder, workers, memory).items():
            builder = builder.config(name, value)
    return builder.getOrCreate()


def _java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin") if home else None) is not None


def _local(folder: Path, workers: int, memory: str) -> dict[str, str]:
    logging = folder / "log4j2.properties"
    logging.write_text(_QUIET, encoding="utf-8")
    return {
        "spark.master": f"local[{workers}]",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory.lower().removesuffix("b").removesuffix("i"),
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={logging.as_uri()}",
        "spark.local.dir": str(folder / "spark"),
        "spark.sql.shuffle.partitions": str(2 * workers),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
