"""Judged by cases that others wrote: on what a Panther rule fires, our rule that covers it fires, and on no other case.

`expected_result` speaks of one Panther rule, not of malice. `COVERED` names our rules for each Panther rule; the rest
stands in `NOT_COVERED` with the reason. Each case is one log alone, or one after eight quiet days of its owner.
"""

from __future__ import annotations

import json
from datetime import timedelta
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seawall.detect import ANALYTICS, RULES
from seawall.detect.engine import Engine
from seawall.detect.examples.example import events
from seawall.intake.read import Reading, to_parquet
from seawall.sources import Context
from seawall.store import Views

pytestmark = pytest.mark.data


class Cover(msgspec.Struct, frozen=True):
    """Our rules for a Panther rule. `history`: they compare, so each case comes after a quiet week of its owner.

    `missed`: true cases (by name) on which we stay silent, and why.
    """

    rules: frozenset[str]
    history: bool = False
    missed: dict[str, str] = {}


def by(*rules: str, history: bool = False, missed: dict[str, str] | None = None) -> Cover:
    """Return a row of the table."""
    return Cover(frozenset(rules), history, missed or {})


COVERED: Final = {
    "AWS.Bedrock.DeleteModelInvocationLoggingConfiguration": by("LJ-08"),
    "AWS.Bedrock.GuardrailUpdateDelete": by("LJ-09", history=True),
    "AWS.CloudTrail.Stopped": by("LJ-08", history=True),
    "AWS.CloudTrail.SecurityConfigurationChange": by("LJ-08", history=True),
    "AWS.CloudTrail.EventSelectorsDisabled": by("LJ-08"),
    "OpenAI.Admin.Role.Assignment": by("LJ-30"),
    "OpenAI.IP.Allowlist.Changes": by(
        "LJ-30", missed={"IP allowlist activated - Alert MEDIUM": "a list that is switched on weakens nothing"}
    ),
    "OpenAI.SCIM.Configuration.Change": by(
        "LJ-30", missed={"SCIM enabled - Alert MEDIUM": "what is switched on weakens nothing"}
    ),
    "Anthropic.Activity.Admin.API.Key.Created": by("LJ-30", history=True),
    "Anthropic.Activity.IP.Restriction.Deleted": by("LJ-30"),
    "Anthropic.Activity.Primary.Owner.Transferred": by("LJ-30"),
    "Anthropic.Activity.Role.Granted": by("LJ-30", history=True),
    "Anthropic.Activity.Spend.Limit.Deleted": by("LJ-30"),
    "Anthropic.Activity.SSO.Disabled": by("LJ-30", history=True),
}

_NO_AI: Final = "not covered: neither an AI service nor a key of one"
_ACCOUNT: Final = "not covered: a cloud account's own doors; we look at what is done with keys of AI services"
_MAKES_KEYS: Final = "not covered: needs a rule about who makes keys for whom"
_PERSON: Final = "not covered: what a person does in the chat product, or how they sign in, is no use of a key"
_OTHER_LOGS: Final = "not covered: logs that do not tell of the use of models (DNS, flows, Config, Security Hub)"
#: The first pattern that fits counts.
NOT_COVERED: Final = {
    "AWS.BedrockModelInvocation.AbnormalTokenUsage": "not covered: needs history (LJ-21, LJ-22 compare with the past)",
    "AWS.BedrockModelInvocation.GuardRailIntervened": "not covered: needs a chain (LJ-27: refused again and again)",
    "OpenAI.API.Key.Anomalous.Activity": "not covered: an event does not hold what a key is allowed to do",
    "OpenAI.CredentialStuffing": _PERSON,
    "OpenAI.Login.*": _PERSON,
    "Anthropic.Activity.Service.Key.*": _MAKES_KEYS,
    "Anthropic.Activity.Admin.API.Key.Deleted": "not covered: a key that is gone opens nothing",
    "Anthropic.Activity.Organization.Settings.Updated": "not covered: the activity does not say what was changed",
    "Anthropic.Activity.Org.User.Deleted": "not covered: who is gone does no harm",
    "Anthropic.Activity.*": _PERSON,
    "AWS.IAM.Backdoor.User.Keys": _MAKES_KEYS,
    "AWS.CloudTrail.RootAccessKeyCreated": _MAKES_KEYS,
    "AWS.CloudTrail.Created": "not covered: a trail that is made logs more, not less",
    "AWS.STS.GetCallerIdentity.TruffleHog": "not covered: needs a rule about scanners that try keys they found",
    "AWS.CloudTrail.VPCE.*": _NO_AI,
    "AWS.CloudTrail.DNSLogsDeleted": _OTHER_LOGS,
    "AWS.VPCFlow.LogsDeleted": _OTHER_LOGS,
    "AWS.ConfigService.*": _OTHER_LOGS,
    "AWS.SecurityHub.*": _OTHER_LOGS,
    "AWS.Macie.*": _OTHER_LOGS,
    "AWS.CloudTrail.SES.*": _NO_AI,
    "AWS.CloudTrail.*": _ACCOUNT,
    "AWS.IAM*": _ACCOUNT,
    "AWS.Console.*": _ACCOUNT,
    "AWS.Root.Activity": _ACCOUNT,
    "AWS.STS.*": _ACCOUNT,
    "AWS.U*": _ACCOUNT,
    "AWS.Suspicious.SAML.Activity": _ACCOUNT,
    "Retrieve.SSO.access.token": _ACCOUNT,
    "Role.Assumed.*": _ACCOUNT,
    "Sign-in.with.AWS.CLI.prompt": _ACCOUNT,
    "AWS.*": _NO_AI,
}


class Case(msgspec.Struct, frozen=True):
    """One test case of a Panther rule."""

    rule_id: str
    test_name: str
    expected_result: bool
    log: dict[str, Any]


def cases(samples: Path) -> list[Case]:
    """Return every case, without those whose result depends on what Panther mocked."""
    folder = samples / "logs" / "panther"
    mocked = {tuple(line.split("\t")[1:3]) for line in (folder / "mocked_tests.tsv").read_text().splitlines()}
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    found = [msgspec.json.decode(line, type=Case) for line in lines]
    return [case for case in found if (case.rule_id, case.test_name) not in mocked]


def table(case: Case, folder: Path) -> pa.Table | None:
    """Return the case's log as events, or None where it is no event."""
    # A log without a time is given one: the case does not speak of time.
    log = {"eventTime": "2026-01-05T12:00:00Z"} | case.log if "eventSource" in case.log else case.log
    path = folder / "log.jsonl"
    path.write_text(json.dumps(log))
    files, _ = to_parquet([str(path)], folder, Reading(context=Context(owner="org-example")), workers=1)
    return pq.read_table(files[0]) if files else None


def quiet_week(told: pa.Table) -> pa.Table:
    """Return eight days of ordinary use by another key of the same owner, until an hour before."""
    first = told.to_pylist()[0]
    rows = [
        {"time": first["time"] - timedelta(hours=hours), "owner_id": first["owner_id"], "provider": first["provider"]}
        for hours in range(1, 8 * 24, 6)
    ]
    return events(rows).cast(told.schema)


@cache
def rules(names: frozenset[str]) -> tuple[Any, ...]:
    """Return our rules of these names."""
    return tuple(rule for rule in ANALYTICS if rule.id in names)


def fired(case: Case, cover: Cover, folder: Path) -> list[str]:
    """Return which of the covering rules fire on the case."""
    told = table(case, folder)
    if told is None:
        return []
    with Views(threads=1) as views:
        engine = Engine(views, rules=rules(cover.rules), incident_rules=())
        views.con.register("batch", pa.concat_tables([quiet_week(told), told]) if cover.history else told)
        engine.add("batch")
        return [f"{finding.rule} {finding.severity}" for finding in engine.findings()]


def row_of(rule_id: str) -> str | None:
    """Return the key of the row that speaks of a Panther rule."""
    if rule_id in COVERED:
        return rule_id
    return next((pattern for pattern in NOT_COVERED if fnmatch(rule_id, pattern)), None)


def test_the_table_speaks_of_every_rule(samples: Path) -> None:
    """Each Panther rule of the samples has one row, each row has a Panther rule, and our rules in it exist."""
    rows = {rule_id: row_of(rule_id) for rule_id in sorted({case.rule_id for case in cases(samples)})}
    assert [rule_id for rule_id, row in rows.items() if row is None] == []
    assert {*COVERED, *NOT_COVERED} == {*rows.values()}
    assert {rule for cover in COVERED.values() for rule in cover.rules} <= {rule.id for rule in RULES}
    assert all(reason.startswith("not covered: ") for reason in NOT_COVERED.values())


@pytest.mark.parametrize("rule_id", COVERED)
def test_we_fire_where_panther_does_and_nowhere_else(samples: Path, tmp_path: Path, rule_id: str) -> None:
    """On a covered rule's true cases one of ours fires, or the table says why not; on its false cases none does."""
    cover = COVERED[rule_id]
    some = [case for case in cases(samples) if case.rule_id == rule_id]
    wrong = []
    for number, case in enumerate(some):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = fired(case, cover, folder)
        if bool(found) != (case.expected_result and case.test_name not in cover.missed):
            wrong.append(f"{case.test_name}: Panther says {case.expected_result}, of {sorted(cover.rules)}: {found}")
    assert some
    assert {*cover.missed} <= {case.test_name for case in some if case.expected_result}
    assert not wrong, "\n".join([rule_id, *wrong, "", _as_text()])


def _as_text() -> str:
    """Return the table as a reader wants it when a test fails."""
    rows = [(name, ", ".join(sorted(cover.rules)), cover.history) for name, cover in COVERED.items()]
    lines = [f"  {name}: {ours}{', after a quiet week' if history else ''}" for name, ours, history in rows]
    return "\n".join([*lines, *(f"  {name}: {reason}" for name, reason in NOT_COVERED.items())])
