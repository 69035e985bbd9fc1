"""The engine: fold a batch, judge what it changed, and hold the findings that stand.

In: batches of new events, in any order. Out: `Engine.findings()`, the same whatever the order and the batches were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from seawall.detect.analytic import Analytic
from seawall.detect.analytics import ANALYTICS
from seawall.detect.assemble import incidents
from seawall.detect.evidence import Events, evidence, proven, united
from seawall.detect.findings import findings
from seawall.detect.incidents import INCIDENTS, Incident
from seawall.detect.judge import judge
from seawall.detect.marking import Marker, analytic
from seawall.detect.match import visible
from seawall.detect.settings import Settings
from seawall.detect.sigma import SigmaRule
from seawall.model import Finding
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
        sigma: Sequence[SigmaRule] = (),
        imported: Sequence[SigmaRule] = (),
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

    def add(self, batch: str) -> None:
        """Fold the relation `batch` of new events and judge what it changed."""
        fresh = self.views.now() is None
        self.marker.mark(self.views, batch)
        self.views.fold(batch)
        self.settings.apply(self.views)
        judge(self.views, self.rules.values(), everything=fresh)

    def findings(self, history: str | None = None) -> list[Finding]:
        """Return all findings that hold now, incidents last, each in order of opening.

        `history` is the relation of all events; with it the findings name their evidence.
        """
        now = self.views.now()
        if now is None:
            return []
        parts = self._parts(now)
        proofs = evidence(self.views, history, parts, self.rules) if history else {}
        parts = [proven(part, proofs.get(part.id, Events())) for part in parts] if history else parts
        made = self._incidents(now)
        if history:
            whole = united(self.views, made, proofs)
            made = [proven(incident, whole[incident.id]) for incident in made]
        return [*parts, *made]

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
