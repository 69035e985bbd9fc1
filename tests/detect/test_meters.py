"""The figures of a watch: what Prometheus reads is well-formed, and lag grows while records wait."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from seawall.detect.meters import Meters
from seawall.intake.ingest import Ingested
from seawall.intake.tally import Tally

_LINE = re.compile(
    r'(?:# (?:HELP|TYPE) .+|\w+(?:\{\w+="(?:[^"\\\n]|\\["\\n])*"(?:,\w+="(?:[^"\\\n]|\\["\\n])*")*\})? \S+)\Z'
)


@given(label=st.text(), value=st.floats())
def test_every_line_is_well_formed(label: str, value: float) -> None:
    """Whatever a label or a value is, no line breaks out of its form."""
    meters = Meters()
    meters.add("seawall_errors_total", 1, where=label)
    meters.set("seawall_spool_bytes", value)
    assert all(_LINE.match(line) for line in meters.text().split("\n")[:-1])


def test_lag_grows_while_records_wait() -> None:
    """From the first arrival on, lag is what the oldest has waited, until a batch has it."""
    meters = Meters()
    assert "\nseawall_lag_seconds 0\n" in meters.text()
    meters.arrived()
    time.sleep(0.05)
    meters.arrived()
    lag = float(re.findall(r"\nseawall_lag_seconds (\S+)", meters.text())[0])
    since = meters.taken()
    assert lag >= 0.05
    assert since is not None
    assert meters.taken() is None


def test_the_account_is_told_by_source_and_fate() -> None:
    """Read, ignored and quarantined are counted apart, and an unknown record has a source too."""
    tally = Tally(unread=3)
    tally.by_source.update({"aws.cloudtrail": 5})
    tally.ignored.update({"aws.cloudtrail: no AI service": 2, "None: no log": 1})
    meters = Meters()
    meters.account(Ingested(tally, new=4, duplicates=1))
    text = meters.text()
    assert 'seawall_records_total{fate="event",source="aws.cloudtrail"} 5' in text
    assert 'seawall_records_total{fate="ignored",source="aws.cloudtrail"} 2' in text
    assert 'seawall_records_total{fate="ignored",source="any"} 1' in text
    assert 'seawall_records_total{fate="quarantined",source="any"} 3' in text
    assert 'seawall_events_total{fate="duplicate"} 1' in text
