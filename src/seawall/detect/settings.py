"""What the operator knows and a log cannot say: own networks, accepted findings, owners that belong together.

`--known FILE` is TOML: `[[network]]` with `cidr` and `reason`; `[[accept]]` with `rule`, `subject` (or `finding`),
`reason` and `until`. `--owners FILE` is CSV with the columns owner, group, name.
"""

from __future__ import annotations

import csv
import ipaddress
import tomllib
from datetime import date
from pathlib import Path

import msgspec

from seawall.model import UsageError
from seawall.store import Views

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


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

    def covers(self, rule: str, subject: str | None, finding: str, on: date) -> bool:
        """Say whether a finding is accepted on a day."""
        if on > self.until:
            return False
        if self.finding is not None:
            return self.finding == finding
        return self.rule in {None, rule} and self.subject in {None, subject} and (self.rule or self.subject) is not None


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

    def apply(self, views: Views) -> None:
        """Lay the settings out as the tables that the rules' scopes are joined with."""
        views.con.execute("CREATE OR REPLACE TEMP TABLE owner_groups (owner_id VARCHAR, owner_group VARCHAR)")
        groups = [[name, group] for name, group in {each.owner: each.group for each in self.owners}.items() if group]
        if groups:
            views.con.executemany("INSERT INTO owner_groups VALUES (?, ?)", groups)
        views.con.execute("CREATE OR REPLACE TEMP TABLE known_nets (src_net VARCHAR)")
        nets = [net for (net,) in views.rows("SELECT DISTINCT src_net FROM seen WHERE src_net IS NOT NULL")]
        ours = [[net] for net in nets if self._is_known(net)]
        if ours:
            views.con.executemany("INSERT INTO known_nets VALUES (?)", ours)

    def _is_known(self, net: str) -> bool:
        try:
            inner = ipaddress.ip_network(net)
        except ValueError:
            return False
        return any(_overlap(inner, ipaddress.ip_network(known.cidr, strict=False)) for known in self.networks)


def _overlap(one: _Network, other: _Network) -> bool:
    return (
        one.version == other.version
        and int(one.network_address) <= int(other.broadcast_address)
        and int(other.network_address) <= int(one.broadcast_address)
    )


def _read_known(path: Path) -> _KnownFile:
    hint = 'write [[network]] cidr = "203.0.113.0/24" reason = "office", [[accept]] rule, subject, reason, until'
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _KnownFile)
        for known in file.network:
            ipaddress.ip_network(known.cidr, strict=False)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint=hint) from error
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}", hint=hint) from error
    return file


def _read_owners(path: Path) -> tuple[Owner, ...]:
    hint = "the first line names the columns: owner,group,name"
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if "owner" not in (rows.fieldnames or ()):
                raise UsageError(f"{path}: no column `owner`", hint=hint)
            return tuple(
                Owner(
                    row["owner"].strip(),
                    _cell(row.get("group")),
                    _cell(row.get("name")),
                )
                for row in rows
                if row["owner"]
            )
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint=hint) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: {error}", hint=hint) from error


def _cell(text: str | None) -> str | None:
    return (text or "").strip() or None
