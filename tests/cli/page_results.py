"""Made-up results for the tests of the report page: a week with two thefts, an empty run, a hostile one, a huge one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from seawall.detect.coverage import Blind, Coverage
from seawall.detect.findings import timestamp
from seawall.detect.result import CredentialStory, Result
from seawall.detect.usage import CredentialUse, Slice, SourceUse
from seawall.intake.tally import Quarantined, Tally
from seawall.model import Entity, Finding, Severity

START = datetime(2026, 10, 12, tzinfo=UTC).replace(tzinfo=None)
OWNER, KEY = "111122223333", "AKIA-EXAMPLE-KEY-ONE"
ROLE = "arn:aws:iam::444455556666:role/an-unusually-long-name-for-a-role-that-invokes-models-in-production"
HOSTILE = (
    "<script>alert(1)</script>", "\"' onload='x' style=\"color:red", "{{ 7 * 7 }}{% raw %}", "evil\u202egpj.exe",
    "nul\x00and\x1b[31mred", "lone\ud800surrogate", "long " + "W" * 10_000, "ما هذا", "z" + "\u0308" * 60,
    "</style></title>",
)  # fmt: skip


def at(days: float) -> str:
    """Return a time so many days after the start."""
    return timestamp(START + timedelta(days=days))


def finding(number: int, rule: str = "LJ-14", severity: Severity = "low", **changes: object) -> Finding:
    """Return a finding that differs from others by its number."""
    made = Finding(
        id=f"{number:020x}",
        rule=rule,
        title={"LJ-14": "Novel source", "LJ-21": "Volume anomaly", "LJ-05": "Denied-model sweep"}.get(rule, rule),
        severity=severity,
        confidence=0.35,
        opened_at=at(14 + number % 5),
        severity_at=at(14 + number % 5),
        first_event_time=at(14 + number % 5),
        last_event_time=at(15 + number % 5),
        owner_id=OWNER,
        credential_id=KEY,
        entities=(Entity("credential", KEY, "subject"), Entity("owner", OWNER, "subject")),
        event_count=12 + number,
        attack=("T1078.004",),
        why=f"{KEY} from 198.51.100.0/24 was never seen in the 14 days before. Could also be: a colleague on the road.",
        next=("Ask the key's owner whether this source is theirs.",),
    )
    return msgspec.structs.replace(made, **changes)


def incident(number: int, credential: str, parts: tuple[str, ...], **changes: object) -> Finding:
    """Return an incident about a credential."""
    made = finding(
        number,
        "stolen-key-in-use",
        "high",
        title="Stolen key in use",
        confidence=0.85,
        credential_id=credential,
        first_event_time=at(14.58),
        opened_at=at(15.2),
        severity_at=at(15.6),
        last_event_time=at(21.4),
        parts=parts,
        provider="aws.bedrock",
        cost_usd=12_480.37,
        cost_usd_per_day=1_824.62,
        event_count=18_244,
        event_ids=tuple(f"{number:08x}-0000-4000-8000-{each:012x}" for each in range(30)),
        attack=("T1078.004", "T1496.004"),
        atlas=("AML.T0012", "AML.T0040"),
        entities=(
            Entity("credential", credential, "subject"),
            Entity("network", "198.51.100.0/24", "source"),
            Entity("network", "203.0.113.0/24", "source"),
            Entity("owner", OWNER),
        ),
        why=f"{credential} appeared from 198.51.100.0/24, 203.0.113.0/24, which it had never used, and tried models it"
        " may not use, was used far more than ever before and retried what a filter had refused.",
        next=(
            "Revoke the credential now, and every other credential of the same principal.",
            "Ask its owner what they did at that time; if all of it was theirs, accept the finding in the known file.",
            "Look for what the same network did with other credentials.",
            "Keep the logs: export the evidence before retention deletes it.",
        ),
    )
    return msgspec.structs.replace(made, **changes)


def story(use: CredentialUse, *, seed: int = 1, theft: float = 14.58, factor: int = 20) -> CredentialStory:
    """Return a credential's story: office hours, then a theft at all hours."""
    rng, hours = Random(seed), []
    for hour in range(int(21.4 * 24)):
        moment, stolen = START + timedelta(hours=hour), hour >= theft * 24
        calm = rng.randrange(20, 60) if 8 <= moment.hour < 18 and moment.weekday() < 5 else rng.randrange(0, 4)
        calls = calm + (rng.randrange(8, 40) * factor if stolen and rng.random() < 0.8 else 0)
        if calls:
            hours.append(Slice(timestamp(moment), calls, calls * 2100, round(calls * 0.18, 4), calls // 50))
    sources = (
        SourceUse("198.51.100.0/24", "NL", "Example Hosting", "hosting", ("python-requests",), 14_201, 9_840.2,
                  at(theft), at(21.4)),
        SourceUse("203.0.113.0/24", "VN", "Example Mobile", "mobile", ("openai-python", "node-fetch"), 4_043, None,
                  at(theft + 1), at(20.1)),
        SourceUse("192.0.2.0/24", "DE", "Example Office Network", "business", ("boto3", "aws-cli"), 5_120, 107.52,
                  at(0), at(21.3)),
        SourceUse(None, None, None, None, (), 12, None, at(2), at(3)),
    )  # fmt: skip
    return CredentialStory(use, tuple(hours), sources)


def use(credential: str, owner: str | None = OWNER, cost: float | None = 12_590.11, **changes: object) -> CredentialUse:
    """Return a row of the credentials' table."""
    made = CredentialUse(
        owner, credential, "access_key", "aws.bedrock", 23_376, cost, 140, 4, 3, 5, 7, at(0.3), at(21.4)
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def coverage(**changes: object) -> Coverage:
    """Return the coverage of three weeks."""
    blind = (
        Blind("LJ-15", "Key used from many countries", "no log read here fills src_country"),
        Blind("LJ-27", "Filter retried", "no log read here fills filter_categories"),
    )
    made = Coverage(at(0), at(21.4), 148_211, 12, 31, 44, blind)
    return msgspec.structs.replace(made, **changes)


def tally() -> Tally:
    """Return an intake that met a little of everything."""
    return Tally(
        records=162_004,
        events=151_730,
        by_source=Counter({"aws.cloudtrail": 90_412, "aws.bedrock_invocation": 41_022, "openai.usage": 20_296}),
        ignored=Counter({"eventSource is not about AI use": 10_120, "a digest, no record": 141}),
        unread=13,
        unread_by_reason=Counter({"truncated gzip": 1, "invalid UTF-8": 12}),
        quarantined=[Quarantined(f"logs/2026/part-{each}.json.gz", each * 7, "invalid UTF-8") for each in range(13)],
        files=204,
        skipped=Counter({"no log: image/png": 3}),
    )


def week() -> Result:
    """Return a run with two thefts, one of them doubtful, and what surrounds them."""
    parts = [finding(1), finding(2, "LJ-21"), finding(3, "LJ-05"), finding(4, credential_id=ROLE)]
    others = [finding(each, ("LJ-14", "LJ-21")[each % 2], owner_id="444455556666") for each in range(5, 17)]
    others.append(finding(20, "LJ-15", "medium", title="Key used from many countries", confidence=0.5))
    sure = incident(100, KEY, tuple(part.id for part in parts[:3]))
    doubtful = incident(
        101, ROLE, (parts[3].id,), severity="medium", confidence=0.5, cost_usd=31.2, cost_usd_per_day=31.2,
        owner_id="444455556666", status="closed", first_event_time=at(19.1), opened_at=at(19.1), severity_at=at(19.1),
        last_event_time=at(19.6),
    )  # fmt: skip
    uses = [use(KEY), use(ROLE, "444455556666", 420.5, kind="role", unpriced_calls=0)]
    uses += [
        use(f"key_example_{each:02}", f"org-example-{each % 4}", 90.0 / (each + 1) if each % 5 else None,
            provider=("openai", "anthropic", "azure.ai.openai", "gcp.vertex_ai")[each % 4], kind="api_key",
            calls=4_000 // (each + 1), networks=1, countries=1, clients=1, unpriced_calls=0)
        for each in range(12)
    ]  # fmt: skip
    return Result(
        findings=(*parts, *others, sure, doubtful),
        accepted=(finding(30, why="known: the new office"),),
        credentials=tuple(uses),
        stories=(story(uses[0]), story(uses[1], seed=2, theft=19.1, factor=2)),
        coverage=coverage(),
        tally=tally(),
        cost_usd=13_204.9,
        judged_at=at(22),
        owners={OWNER: "Harbor Analytics 3", "org-example-1": "Amber Kitchens 9"},
    )


def calm(**changes: object) -> Result:
    """Return a run without incidents: two low findings."""
    made = msgspec.structs.replace(week(), findings=(finding(1), finding(2, "LJ-21")), stories=(), accepted=())
    return msgspec.structs.replace(made, **changes)


def empty() -> Result:
    """Return a run that read nothing."""
    nothing = Coverage(None, None, 0, 0, 0, 0, ())
    return Result((), (), (), (), nothing, Tally(), None, at(22), {})


def hostile(text: str) -> Result:
    """Return a run in which the adversary wrote every text that comes from a log."""
    part = finding(1, why=text, owner_id=text, credential_id=text, entities=(Entity("client", text, "subject"),))
    theft = incident(
        100, text, (part.id,), owner_id=text, why=text, event_ids=(text,) * 100, provider=text, next=(text,),
        entities=(Entity("credential", text, "subject"), *[Entity("user_agent", text)] * 100),
    )  # fmt: skip
    row = use(text, text, kind=text, provider=text)
    source = SourceUse(text, text, text, text, (text,) * 9, 1, None, at(1), at(2))
    told = CredentialStory(row, story(row).hours, (source,) * 40)
    read = Tally(
        records=1, events=1, by_source=Counter({text: 1}), ignored=Counter({text: 2}), unread=1,
        unread_by_reason=Counter({text: 1}), quarantined=[Quarantined(text, 1, text)] * 99, skipped=Counter({text: 1}),
    )  # fmt: skip
    loose = finding(2, "LJ-15", "medium", why=text, owner_id=text, credential_id=None)
    return Result(
        (part, loose, theft), (loose,), (row,), (told,), coverage(blind=(Blind(text, text, text),)), read, 1.0, at(22),
        {text: text},
    )  # fmt: skip


def huge(text: str, many: int = 5_000) -> Result:
    """Return a run with `many` incidents, as many other findings and credentials, each as long as `text`."""
    seed = hostile(text)
    part, loose, theft = seed.findings
    incidents = [msgspec.structs.replace(theft, id=f"i{each}", parts=(part.id,) * 500) for each in range(many)]
    others = [msgspec.structs.replace(loose, id=f"f{each}", rule=f"R-{each % 90}") for each in range(many)]
    return msgspec.structs.replace(
        seed,
        findings=(part, *others, *incidents),
        accepted=tuple(others),
        credentials=seed.credentials * many,
        stories=seed.stories * 50,
    )
