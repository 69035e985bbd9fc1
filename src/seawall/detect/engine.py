"""The engine: fold a batch, judge what it changed, and hold the findings that stand.

In: batches of new events, in any order. Out: `Engine.findings()`, the same whatever the order and the batches were, and
whichever process came before: what it folded and did not judge, or judged by other rules or settings, is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from seawall import __version__
from seawall.detect.analytic import Analytic
from seawall.detect.analytics import ANALYTICS
from seawall.detect.assemble import incidents
from seawall.detect.correlated import Correlated
from seawall.detect.evidence import evidence, proven
from seawall.detect.findings import findings
from seawall.detect.incidents import INCIDENTS, Incident
from seawall.detect.judge import judge
from seawall.detect.marking import Marker, analytic
from seawall.detect.match import visible
from seawall.detect.settings import Settings
from seawall.detect.sigma import SigmaRule
from seawall.model import Finding, UsageError
from seawall.store import Views


class Engine:
    """Views, rules and settings, and the findings they come to."""

    def __init__(
        self,
        views: Views,
        settings: Settings | None = None,
        *,
        rules: Iterable[Analytic] = ANALYTICS,
        incident_rules: Iterable[Incident] = INCIDENTS,
        sigma: Sequence[SigmaRule | Correlated] = (),
        imported: Sequence[SigmaRule | Correlated] = (),
    ) -> None:
        """Judge what `views` holds and will hold by these rules and settings.

        `sigma` are rules of ours in Sigma, `imported` those of others, which are never more than medium.
        """
        self.views = views
        self.settings = settings or Settings()
        sigma_rules = [*map(analytic, sigma), *(analytic(rule, imported=True) for rule in imported)]
        self.rules: Mapping[str, Analytic] = {rule.id: rule for rule in (*rules, *sigma_rules)}
        self.marker = Marker((*sigma, *imported), use_too=bool(imported))
        self.incident_rules = tuple(incident_rules)
        texts = [msgspec.structs.replace(rule, file="") for rule in (*sigma, *imported)]
        self._marking = _name(texts, len(imported), __version__)
        rules_told = [(r.id, r.version, r.severity, r.confidence, r.key) for r in self.rules.values()]
        self._judging = _name(self._marking, rules_told, self.settings.networks, self.settings.owners)

    def add(self, batch: str, version: int | None = None) -> None:
        """Fold the relation `batch` of new events, with which the lake has reached `version`, and judge the change."""
        if self.views.now() is None:
            self.views.mark(self._marking, None)
        self.marker.mark(self.views, batch)
        self.views.fold(batch, version)
        self.resume()

    def resume(self) -> None:
        """Judge what is not judged yet, or not by these rules and settings.

        Raises:
            UsageError: other rules marked events, and there is no history to mark them in again.
        """
        if self.views.now() is None:
            return
        if self.views.marked_by != self._marking:
            if self.views.history is None:
                raise UsageError("these views were made with other rules", hint="give the history, or fold anew")
            history = self.views.history
            self.views.mark(self._marking, lambda: self.marker.mark(self.views, history))
        self.settings.apply(self.views)
        judge(self.views, self.rules.values(), self._judging)

    def findings(self, history: str | None = None) -> list[Finding]:
        """Return all findings that hold now, incidents last, each in order of opening.

        `history` is the relation of all events; with it the findings name their evidence.
        """
        now = self.views.now()
        if now is None:
            return []
        parts, made = self._parts(now), self._incidents(now)
        if history is None:
            return [*parts, *made]
        proofs = evidence(self.views, history, parts, made, self.rules)
        return [proven(finding, proofs[finding.id]) for finding in (*parts, *made)]

    def _parts(self, now: datetime) -> list[Finding]:
        found = [
            finding
            for rule in self.rules.values()
            for finding in findings(rule, visible(self.views, now, "rule = ?", [rule.id]), now)
        ]
        return sorted(found, key=lambda finding: (finding.opened_at, finding.id))

    def _incidents(self, now: datetime) -> list[Finding]:
        found = [finding for rule in self.incident_rules for finding in incidents(self.views, rule, self.rules, now)]
        return sorted(found, key=lambda finding: (finding.opened_at, finding.id))


def _name(*told: object) -> str:
    """Return a short name for what rules and settings say."""
    return hashlib.blake2b(msgspec.msgpack.encode(told), digest_size=16).hexdigest()
