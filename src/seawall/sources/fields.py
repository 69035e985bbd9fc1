"""A record's fields in every spelling, and JSON inside text; what a model makes, by its name.

In: a record as a service writes it, or as an export does (`callerIpAddress`, `CallerIPAddress`, `properties_s`,
`TimeGenerated [UTC]`, `_ResourceId`). Out: the fields a source asks for. Pure. Source of the spellings: Azure Monitor's
resource log schema and its reference of tables; Google's protobuf JSON and BigQuery forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec

from seawall.model import Modality
from seawall.sources.values import decode

_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
#: Log Analytics adds the type of a column to its name, the portal's CSV the unit of a time.
_SUFFIX: Final = re.compile(r"( ?\[[A-Za-z]{1,8}\]|_[sdgbt])$", re.ASCII)
_LONGEST_NAME: Final = 80
_MADE: Final[tuple[tuple[Modality, tuple[str, ...]], ...]] = (
    ("embedding", ("embed",)),
    ("moderation", ("moderation",)),
    ("image", ("dall-e", "image", "flux", "imagen", "stable-diffusion")),
    ("video", ("sora", "video", "veo-")),
    ("audio", ("whisper", "tts", "audio", "transcri", "translation", "speech", "realtime", "lyria", "chirp")),
)

Kind = TypeVar("Kind", bound=msgspec.Struct)
Properties = TypeVar("Properties", bound=msgspec.Struct)


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """Return a field's name without letter case, separators, type suffix or unit: `_ResourceId` → `resourceid`."""
    return "".join(letter for letter in _SUFFIX.sub("", name) if letter.isalnum()).lower()


def by_folded_name(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's fields by their folded names; of two spellings, the first that is not empty."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if value is not None and value != "" and len(name) <= _LONGEST_NAME:
            found.setdefault(folded(name), value)
    return found


def read_object(record: bytes) -> dict[str, Any]:
    """Return a record's fields by their folded names.

    Raises:
        Unreadable: the record is no JSON object.
    """
    return by_folded_name(decode(_OBJECT, record))


def inner(value: object) -> dict[str, Any]:
    """Return an object that may be written as JSON inside a text; anything else is an empty one."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = _OBJECT.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


class Form(Generic[Kind]):
    """Reads records into a struct whose fields are all `Any`: quickly as the service writes it, else by folded name."""

    def __init__(self, kind: type[Kind], also: Mapping[str, tuple[str, ...]]) -> None:
        """`also`: for a field's name, the folded names under which exports hold it besides its own."""
        self._kind = kind
        self.nothing = kind()
        self._decoder = msgspec.json.Decoder(kind)
        self._names = {
            field.name: (folded(field.encode_name), *also.get(field.name, ())) for field in msgspec.structs.fields(kind)
        }

    def exact(self, record: bytes | str) -> Kind | None:
        """Return the record if it is spelled as the service writes it, else None."""
        try:
            return self._decoder.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def of(self, found: Mapping[str, Any]) -> Kind:
        """Return the struct of fields by folded name."""
        return self._kind(
            **{
                name: next((found[each] for each in names if each in found), None)
                for name, names in self._names.items()
            }
        )


def parts(record: bytes, outer: Form[Kind], within: Form[Properties]) -> tuple[Kind, Properties]:
    """Return an Azure record and its `properties`, which are an object, JSON inside a text, or columns of the row.

    Raises:
        Unreadable: the record is no JSON object.
    """
    row: Any = outer.exact(record)
    if row is not None and row.time is not None and row.resource_id is not None:
        told = within.exact(row.properties) if isinstance(row.properties, str) else row.properties
        if told is not None and told != within.nothing:
            return row, told
    # Properties of another spelling look like none.
    found = read_object(record)
    return outer.of(found), within.of({**found, **by_folded_name(inner(found.get("properties")))})


@lru_cache(maxsize=4096)
def made_by(model: str | None, operation: str | None = None) -> Modality | None:
    """Return what a model makes, by its name, else by the operation's; text where nothing says otherwise."""
    if not model and not operation:
        return None
    for written in (model, operation):
        low = (written or "").lower()
        found = next((made for made, words in _MADE if any(word in low for word in words)), None)
        if found:
            return found
    return "text"
