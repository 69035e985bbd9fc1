"""What Seawall speaks about: events, findings, entities, secrets, errors. No I/O."""

from seawall.model.entity import Entity, EntityType
from seawall.model.errors import IncompleteError, SeawallError, Unreadable, UsageError
from seawall.model.event import COLUMNS, OUTCOME_ORDER, Activity, CredentialKind, Event, Modality, Outcome, SrcKind
from seawall.model.finding import SEVERITIES, Finding, Severity, Status, at_least
from seawall.model.secret import Secret

__all__ = [
    "COLUMNS",
    "OUTCOME_ORDER",
    "SEVERITIES",
    "Activity",
    "CredentialKind",
    "Entity",
    "EntityType",
    "Event",
    "Finding",
    "IncompleteError",
    "Modality",
    "Outcome",
    "SeawallError",
    "Secret",
    "Severity",
    "SrcKind",
    "Status",
    "Unreadable",
    "UsageError",
    "at_least",
]
