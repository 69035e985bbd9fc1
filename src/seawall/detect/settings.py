"""What the operator knows and a log cannot say: own networks, accepted findings, owners that belong together.

`--known FILE` is TOML: `[[network]]` with `cidr` and `reason`; `[[accept]]` with `rule`, `subject` (or `finding`),
`reason` and `until`. `--owners FILE` is CSV with the columns owner, group, name. A known network covers whole /24s or
/48s, since no source is judged by less.
"""

from __future__ import annotations

import csv
import hashlib
import io
import ipaddress
import re
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from seawall.model import Finding, UsageError
from seawall.store import Views

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: IP version → the prefix length of a network in our sense, and of the widest one that anybody has.
_GRAIN: Final = {4: 24, 6: 48}
_WIDEST: Final = {4: 8, 6: 16}
#: How rules of others name themselves, in Sigma; they may be off in this run and on in the next.
_FOREIGN: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class KnownNetwork(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network whose use is no news: an office, a VPN, CI, a partner."""

    cidr: str
    reason: str


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A false alarm put to rest: findings of this rule and subject, or this one finding, until a day."""

    reason: str
    until: date
    rule: str | None = None
    subject: str | None = None
    finding: str | None = None

    def problem(self) -> str | None:
        """Return what is wrong with it: an entry that accepts nothing must not pass for one that does."""
        if not self.reason.strip():
            return "no reason: say why, for the next person who reads the file"
        if not any((self.rule, self.subject, self.finding)):
            return "nothing that it accepts: name a rule, a subject or a finding"
        if self.rule and not _FOREIGN.fullmatch(self.rule) and self.rule not in _own_rules():
            return f"no rule {self.rule!r}: `seawall rules list` names them all"
        return None

    def covers(self, rule: str, subject: str | None, finding: str, on: date) -> bool:
        """Say whether a finding is accepted on a day."""
        if on > self.until:
            return False
        if self.finding is not None:
            return self.finding == finding
        return self.rule in {None, rule} and self.subject in {None, subject} and (self.rule or self.subject) is not None


def _own_rules() -> frozenset[str]:
    """Return the ids of the rules of our own."""
    from seawall.detect import RULES  # noqa: PLC0415 - rules stand above settings, and take time to load

    return frozenset(rule.id for rule in RULES)


class Owner(msgspec.Struct, frozen=True):
    """An owner's group (those of one group are not unrelated) and the name people know it by."""

    owner: str
    group: str | None = None
    name: str | None = None


class _KnownFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    network: tuple[KnownNetwork, ...] = ()
    accept: tuple[Accepted, ...] = ()


class Settings(msgspec.Struct, frozen=True):
    """All that findings depend on besides events and rules."""

    networks: tuple[KnownNetwork, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    owners: tuple[Owner, ...] = ()

    @classmethod
    def load(cls, known: Path | None = None, owners: Path | None = None) -> Settings:
        """Read the two files; raises UsageError that names the file and what is wrong in it."""
        file = _read_known(known) if known else _KnownFile()
        return cls(file.network, file.accept, _read_owners(owners) if owners else ())

    def accepts(self, finding: Finding, on: date) -> bool:
        """Say whether a finding is put to rest on a day."""
        return any(each.covers(finding.rule, finding.credential_id, finding.id, on) for each in self.accepted)

    def apply(self, views: Views) -> None:
        """Lay the settings out as the tables that the rules' scopes are joined with, after each fold.

        The networks of the whole history are compared once, after that only those that the last fold changed.
        """
        mark = hashlib.blake2b(msgspec.json.encode(self), digest_size=16).hexdigest()
        views.con.execute("CREATE TEMP TABLE IF NOT EXISTS applied (settings VARCHAR)")
        if views.rows("FROM applied") == [(mark,)]:
            self._compare(views, "SELECT key FROM changed_net WHERE key NOT IN (FROM known_nets)")
            return
        views.con.execute("CREATE OR REPLACE TEMP TABLE owner_groups (owner_id VARCHAR, owner_group VARCHAR)")
        groups = {each.owner: each.group for each in self.owners if each.group}
        views.con.execute("INSERT INTO owner_groups SELECT unnest(?), unnest(?)", [list(groups), list(groups.values())])
        views.con.execute("CREATE OR REPLACE TEMP TABLE known_nets (src_net VARCHAR)")
        self._compare(views, "SELECT DISTINCT src_net FROM seen WHERE src_net IS NOT NULL")
        views.con.execute(f"CREATE OR REPLACE TEMP TABLE applied AS SELECT '{mark}' AS settings")

    def _compare(self, views: Views, nets: str) -> None:
        """Add those of the networks that a known one covers."""
        if not self.networks:
            return
        known = frozenset(ipaddress.ip_network(each.cidr, strict=False) for each in self.networks)
        lengths = sorted({each.prefixlen for each in known})
        ours = [net for (net,) in views.rows(nets) if _covered(net, known, lengths)]
        views.con.execute("INSERT INTO known_nets SELECT unnest(?::VARCHAR[])", [ours])


def _covered(net: str, known: frozenset[_Network], lengths: Sequence[int]) -> bool:
    """Say whether one of the known networks, which have these prefix lengths, holds the whole of a network."""
    inner = ipaddress.ip_network(net)
    return any(inner.supernet(new_prefix=length) in known for length in lengths if length <= inner.prefixlen)


def _read_known(path: Path) -> _KnownFile:
    hint = 'write [[network]] cidr = "203.0.113.0/24" reason = "office", [[accept]] rule, subject, reason, until'
    try:
        file = msgspec.convert(tomllib.loads(_text(path, hint)), _KnownFile)
        for known in file.network:
            _check(known.cidr)
        for number, accepted in enumerate(file.accept, 1):
            if problem := accepted.problem():
                raise ValueError(f"[[accept]] number {number} has {problem}")  # noqa: TRY301 - told with file and hint
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}", hint=hint) from error
    return file


def _check(cidr: str) -> None:
    """Raise ValueError where a network is none, or narrower or wider than one that can be known."""
    network = ipaddress.ip_network(cidr, strict=False)
    grain, widest = _GRAIN[network.version], _WIDEST[network.version]
    if network.prefixlen > grain:
        whole = network.supernet(new_prefix=grain)
        raise ValueError(
            f"{cidr} is part of a network: sources are judged by their /{grain}, so that it would excuse all others"
            f" there; list {whole} if the whole of it is yours"
        )
    if network.prefixlen < widest:
        raise ValueError(f"{cidr} is too wide to be yours: list networks of /{widest} or narrower")


def _read_owners(path: Path) -> tuple[Owner, ...]:
    hint = "the first line names the columns: owner,group,name"
    rows = csv.DictReader(io.StringIO(_text(path, hint), newline=""))
    try:
        if "owner" not in (rows.fieldnames or ()):
            raise UsageError(f"{path}: no column `owner`", hint=hint)
        return tuple(
            Owner(owner, _cell(row.get("group")), _cell(row.get("name")))
            for row in rows
            if (owner := _cell(row["owner"])) is not None
        )
    except csv.Error as error:
        raise UsageError(f"{path}:{rows.line_num + 1}: not CSV: {error}", hint=f"{hint}; is a quote open?") from error


def _text(path: Path, hint: str) -> str:
    """Return the text of a settings file; raises UsageError that says where it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint=hint) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: not UTF-8 text", hint="save the file as UTF-8") from error


def _cell(text: str | None) -> str | None:
    return (text or "").strip() or None
