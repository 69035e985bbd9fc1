"""What `seawall detect` found: everything a table, a JSON line or a report page says."""

from __future__ import annotations

import msgspec

from seawall.detect.coverage import Coverage
from seawall.detect.usage import CredentialUse, Slice, SourceUse
from seawall.intake.tally import Tally
from seawall.model import Finding


class CredentialStory(msgspec.Struct, frozen=True):
    """A credential of an incident: its use over time and by source, for the report page."""

    credential: CredentialUse
    hours: tuple[Slice, ...]
    sources: tuple[SourceUse, ...]


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run.

    `findings`: incidents last, each in order of opening; `accepted`: put to rest in the known file; `earlier`: judged
    like all others, and not to be shown: their activity ended before `--since`, or within the baseline.
    """

    findings: tuple[Finding, ...]
    accepted: tuple[Finding, ...]
    credentials: tuple[CredentialUse, ...]
    stories: tuple[CredentialStory, ...]
    coverage: Coverage
    tally: Tally
    cost_usd: float | None
    judged_at: str
    owners: dict[str, str]
    earlier: tuple[Finding, ...] = ()

    @property
    def incidents(self) -> tuple[Finding, ...]:
        """The findings made of findings, in order of opening."""
        return tuple(finding for finding in self.findings if finding.parts)
