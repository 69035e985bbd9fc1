"""Fifty rules on event columns, each as Sigma and as SQL made from the same literals.

A rule is a list of tests that must all hold, and perhaps one that must not. A test is a column, a Sigma modifier (or
none) and its values, of which one must match; texts are compared without letter case, as Sigma says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

_FORMS: Final = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}", "": "{}"}
_SIGNS: Final = {"gte": ">=", "lt": "<"}
_TOOLS: Final = ("python-requests", "curl/", "go-http-client", "sillytavern", "one-api", "new-api", "pacu", "okhttp")
_FAMILIES: Final = ("claude-3-5", "claude-3-haiku", "claude-sonnet-4", "nova-pro", "nova-lite", "titan-embed")
_ACTS: Final = (
    "change_logging", "change_guardrail", "unlock_model", "list_keys", "create_key", "change_key", "delete_key",
    "change_deployment",
)  # fmt: skip


class Test(msgspec.Struct, frozen=True):
    """A column, a modifier, and the values of which one must match."""

    column: str
    modifier: str
    values: tuple[str | int, ...]

    @property
    def sigma(self) -> dict[str, list[str | int]]:
        """The test as a Sigma selection."""
        return {f"{self.column}|{self.modifier}" if self.modifier else self.column: list(self.values)}

    @property
    def sql(self) -> str:
        """The test as SQL; null matches nothing."""
        return f"coalesce({' OR '.join(map(self._one, self.values))}, FALSE)"

    def _one(self, value: str | int) -> str:
        if isinstance(value, int):
            return f"{self.column} {_SIGNS[self.modifier]} {value}"
        if not self.modifier:
            return f"lower({self.column}) = '{value.lower()}'"
        escaped = value.lower().replace("_", r"\_")
        return f"lower({self.column}) LIKE '{_FORMS[self.modifier].format(escaped)}' ESCAPE '\\'"


class Rule(msgspec.Struct, frozen=True):
    """All of `tests` must hold, and `but` must not."""

    id: str
    tests: tuple[Test, ...]
    but: Test | None = None

    @property
    def sigma(self) -> bytes:
        """The rule as a Sigma document (JSON is YAML)."""
        detection: dict[str, object] = {f"has{place}": test.sigma for place, test in enumerate(self.tests)}
        if self.but:
            detection["but"] = self.but.sigma
        detection["condition"] = "all of has*" + (" and not but" if self.but else "")
        return msgspec.json.encode(
            {"title": self.id, "name": self.id, "logsource": {"product": "seawall"}, "detection": detection}
        )

    @property
    def sql(self) -> str:
        """The rule as a condition."""
        return " AND ".join([test.sql for test in self.tests] + ([f"NOT {self.but.sql}"] if self.but else []))


def fifty() -> list[Rule]:
    """Return the rules."""
    return [Rule(f"rule-{number:02}", *parts) for number, parts in enumerate(_parts(), 1)]


def _parts() -> Iterator[tuple[tuple[Test, ...], Test | None]]:
    infer = Test("activity", "", ("infer",))
    ours = Test("src_ip", "startswith", ("198.18.", "2001:db8:1"))
    for tool in _TOOLS:  # 8: a tool that the owner does not use
        yield (infer, Test("user_agent", "contains", (tool,))), ours
    for family in _FAMILIES:  # 6 + 6: refused models; large prompts
        yield (Test("model", "contains", (family,)), Test("outcome", "", ("denied", "invalid"))), None
        yield (Test("model", "contains", (family,)), Test("input_tokens", "gte", (4000,))), None
    for act in _ACTS:  # 8: acts that weaken
        yield (Test("activity", "", (act,)),), Test("principal_id", "endswith", ("/admin", "/terraform"))
    for country in ("SG", "BR", "IN", "JP"):  # 4 + 4: places, and hosting in them
        yield (Test("src_country", "", (country,)), Test("operation", "startswith", ("Invoke",))), None
        yield (Test("src_country", "", (country,)), Test("src_kind", "", ("hosting", "vpn"))), ours
    for region in ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1"):  # 4
        yield (Test("region", "", (region,)), Test("error_code", "contains", ("throttling", "timeout"))), None
    for number in range(4):  # 4: keys on a list
        yield (Test("credential_id", "endswith", (f"{number}0{number}", f"/svc-{number}-0")),), infer
    for client in ("boto3", "aws-sdk-java", "aws-sdk-js", "aws-cli"):  # 4: a client with models that are not its own
        yield (Test("client", "", (client,)), Test("model", "startswith", ("meta.", "mistral."))), ours
    yield (Test("operation", "endswith", ("Stream",)), Test("outcome", "", ("error",))), None
    yield (Test("src_ip", "startswith", ("198.19.1",)), Test("operation", "contains", ("converse",))), infer
