"""The engine on Spark, for what one machine cannot hold: the same rules, the same findings.

`SparkEngine` folds the events and runs the rules on Spark; the matches, which are few, come back, and findings are made
of them here as ever. It judges everything at once. Needs the extra `spark`, and Java unless Spark is remote.
"""

from __future__ import annotations

from seawall.detect.spark.engine import SparkEngine
from seawall.detect.spark.log import Log
from seawall.detect.spark.session import session

__all__ = ["Log", "SparkEngine", "session"]
