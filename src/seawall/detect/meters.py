"""What `seawall watch` measures of itself: counts and times in, Prometheus' text out. Few names, and they stay.

No value comes from a log: labels are the names of our sources, reasons, rules' severities and outlets, so that nobody
who can write a log can make series.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from seawall.intake.ingest import Ingested
from seawall.model import SEVERITIES, Finding

#: Name → type and what it says.
METRICS: Final = {
    "seawall_records_total": ("counter", "Records read since the start, by source and fate."),
    "seawall_events_total": ("counter", "Events since the start: new, or duplicate (the lake had them)."),
    "seawall_requests_total": ("counter", "Answers of the HTTP endpoint, by status."),
    "seawall_lag_seconds": ("gauge", "From arrival to judgement: of what waits, or of the last batch."),
    "seawall_spool_bytes": ("gauge", "Acknowledged and not yet in the lake."),
    "seawall_batches_total": ("counter", "Batches judged since the start."),
    "seawall_batch_seconds_total": ("counter", "Seconds spent on batches, by stage: lake, fold, findings, state."),
    "seawall_findings": ("gauge", "Findings that are open, by severity."),
    "seawall_outbox_length": ("gauge", "Notices that wait, by outlet."),
    "seawall_errors_total": ("counter", "What went wrong since the start, by where."),
    "seawall_last_error_timestamp_seconds": ("gauge", "When something last went wrong; 0: never."),
    "seawall_now_timestamp_seconds": ("gauge", "The greatest event time accepted."),
}  # fmt: skip
_Labels = tuple[tuple[str, str], ...]


class Meters:
    """The figures; any thread may set and read them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, dict[_Labels, float]] = {name: {} for name in METRICS}
        self._waiting_since: float | None = None
        self.set("seawall_lag_seconds", 0)
        self.set("seawall_last_error_timestamp_seconds", 0)

    def add(self, name: str, value: float, **labels: str) -> None:
        """Count."""
        key = tuple(sorted(labels.items()))
        with self._lock:
            self._values[name][key] = self._values[name].get(key, 0.0) + value

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        with self._lock:
            self._values[name][tuple(sorted(labels.items()))] = value

    def replace(self, name: str, label: str, values: Mapping[str, float]) -> None:
        """Set all of a gauge's series at once; those that are not named are gone."""
        with self._lock:
            self._values[name] = {((label, key),): value for key, value in values.items()}

    def failed(self, where: str) -> None:
        """Count an error."""
        self.add("seawall_errors_total", 1, where=where)
        self.set("seawall_last_error_timestamp_seconds", time.time())

    def answered(self, status: int) -> None:
        """Count an answer of the HTTP endpoint."""
        self.add("seawall_requests_total", 1, status=str(status))

    def arrived(self) -> None:
        """Note that records came that are not judged yet."""
        with self._lock:
            if self._waiting_since is None:
                self._waiting_since = time.monotonic()

    def taken(self) -> float | None:
        """Return since when the records that are taken into a batch now have waited; what comes later waits anew."""
        with self._lock:
            since, self._waiting_since = self._waiting_since, None
            return since

    def account(self, ingested: Ingested) -> None:
        """Take over the account of an ingest, which counts from the start."""
        tally = ingested.tally
        fates = Counter({("event", source): count for source, count in tally.by_source.items()})
        for reason, count in tally.ignored.items():
            source = reason.partition(":")[0]
            fates["ignored", "any" if source == "None" else source] += count
        fates["quarantined", "any"] = tally.unread
        with self._lock:
            self._values["seawall_records_total"] = {
                (("fate", fate), ("source", source)): count for (fate, source), count in fates.items()
            }
            self._values["seawall_events_total"] = {
                (("fate", "duplicate"),): ingested.duplicates,
                (("fate", "new"),): ingested.new,
            }

    def findings(self, findings: list[Finding]) -> None:
        """Count the open findings."""
        counts = dict.fromkeys(SEVERITIES, 0)
        for finding in findings:
            counts[finding.severity] += finding.status == "open"
        self.replace("seawall_findings", "severity", {str(name): count for name, count in counts.items()})

    def text(self) -> str:
        """Return all in Prometheus' text format."""
        with self._lock:
            values: dict[str, Any] = {name: dict(series) for name, series in self._values.items()}
            if self._waiting_since is not None:
                waited = time.monotonic() - self._waiting_since
                values["seawall_lag_seconds"][()] = max(waited, values["seawall_lag_seconds"][()])
        return "".join(_family(name, kind, told, values[name]) for name, (kind, told) in METRICS.items())


def _family(name: str, kind: str, told: str, series: Mapping[_Labels, float]) -> str:
    lines = [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
    for labels, value in sorted(series.items()):
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        lines.append(f"{name}{f'{{{inner}}}' if inner else ''} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
