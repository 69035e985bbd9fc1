"""What a call costs at list price: a dated table, and how a model's name in a log finds its row.

In: provider, model and counts, as an event has them. Out: US dollars, or None: unpriced, which is never zero. The
figure is a lower bound of the list price: long-context tiers, cache writes and image sizes are priced at their lowest.
The table `prices.json` is made by `tools/make_prices.py`; a user's own table overrides it row by row.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from seawall.model import UsageError

#: The columns of a CSV table of prices; prices are US dollars per million tokens, and per image.
HEADER: Final = ("provider", "model", "input", "output", "cached", "image")
_HINT: Final = f"Write it as prices.json is written, or as CSV with the header {','.join(HEADER)}."
_BUNDLED: Final = Path(__file__).with_name("prices.json")
#: Prices are per million tokens.
MILLION: Final = 1_000_000
#: No model's name is longer; what is longer is not looked up.
_LONGEST: Final = 256

#: Other names of a provider → the providers of the table in which its models are looked up.
_PROVIDERS: Final[dict[str, tuple[str, ...]]] = {
    "aws": ("aws.bedrock",),
    "azure": ("azure.ai.openai",),
    "azure.ai.inference": ("azure.ai.openai",),
    "bedrock": ("aws.bedrock",),
    "gcp.gen_ai": ("gcp.gemini", "gcp.vertex_ai"),
    "gemini": ("gcp.gemini",),
    "mistral": ("mistral_ai",),
    "vertex_ai": ("gcp.vertex_ai",),
    "xai": ("x_ai",),
}

_GATEWAY_PREFIX: Final = re.compile(
    r"\A(?:(?:azure|azure_ai|bedrock|bedrock_mantle|bedrock/converse|bedrock/invoke|codestral|cohere|deepseek|gemini|groq|"
    r"mistral|openai|text-completion-codestral|vertex_ai|xai)/)+"
)
#: Bedrock's inference profiles serve one model from many regions.
_PROFILE_PREFIX: Final = re.compile(r"\A(?:us|us-gov|eu|apac|global|au|jp|ca|in|sa|me|af|il|mx)\.(?=[a-z0-9]+\.)")
_FINE_TUNED: Final = re.compile(r"\A(ft:[^:]+):.*", re.DOTALL)
#: What may follow a model's name: a date in the forms that providers use, a version, a context window, `latest`. Four
#: digits count only as month and day: year and month (`mistral-large-2402`) name a model of their own.
_SUFFIX: Final = re.compile(
    r"(?:-20\d\d-[01]\d-[0-3]\d|-20\d{6}|-(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|-(?:0[1-9]|1[0-2])-20\d\d|-00\d"
    r"|@[a-z0-9-]+|-v\d+|:\d+k?|-latest)\Z",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"\d")

#: Dollars; the upper bound is above any price and keeps sums finite.
_Amount = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)] | None


class Price(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """US dollars per million tokens in, out, and in from a cache, and per image; None is unknown."""

    input: _Amount = None
    output: _Amount = None
    cached: _Amount = None
    image: _Amount = None


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of prices holds; `dated` is the month of the price lists, `models` provider → model → price."""

    dated: str
    currency: Literal["USD"]
    source: str
    models: dict[str, dict[str, Price]]


class Prices:
    """A table of prices, looked up by the names that logs write."""

    def __init__(self, table: Table) -> None:
        self.dated = table.dated
        self.source = table.source
        self._exact = table.models
        self._undated = {provider: _undated(models) for provider, models in table.models.items()}

    @classmethod
    def load(cls, path: Path | str | None = None, override: Path | str | None = None) -> Prices:
        """Read the bundled table, or the one at `path`; the rows of `override` (JSON or CSV) replace its own.

        Raises:
            UsageError: a file cannot be read, or a row of it makes no sense (the message has file and row).
        """
        table = _read(Path(path or _BUNDLED))
        own = _read(Path(override)).models if override is not None else {}
        for provider, models in own.items():
            table.models.setdefault(_PROVIDERS.get(provider, (provider,))[0], {}).update(models)
        return cls(table)

    def price(self, provider: str | None, model: str | None) -> Price | None:
        """Return a model's price: by its name as written, then without prefixes, then without date and version.

        None where that finds nothing, or models of different prices: another model's price is worse than none.
        """
        if not provider or not model or len(model) > _LONGEST:
            return None
        names = spellings(model)
        names += [short for name in names for short in _shortened(name)]
        for group in _PROVIDERS.get(provider, (provider,)):
            exact, undated = self._exact.get(group, {}), self._undated.get(group, {})
            for name in names:
                found = exact.get(name) or undated.get(name)
                if found is not None:
                    return found
        return None

    def cost(
        self,
        provider: str | None,
        model: str | None,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cached_tokens: int | None = None,
        image_count: int | None = None,
    ) -> float | None:
        """Return a call's cost at list price in US dollars; None when the model is unknown or nothing was counted.

        `input_tokens` include `cached_tokens`. Images are priced by the tokens out where those were counted and have a
        price, else by the image.
        """
        price = self.price(provider, model)
        if price is None:
            return None
        whole = cached_tokens if input_tokens is None else input_tokens
        cached = min(cached_tokens or 0, whole or 0)
        by_token = price.output is not None and bool(output_tokens)
        parts = (
            _part(None if whole is None else whole - cached, price.input),
            _part(cached or None, price.input if price.cached is None else price.cached),
            _part(output_tokens, price.output),
            _part(None if image_count is None or by_token else image_count * MILLION, price.image),
        )
        known = [part for part in parts if part is not None]
        return sum(known) if known else None


def _part(count: int | None, price: float | None) -> float | None:
    return None if count is None or price is None else max(count, 0) * price / MILLION


def bare(name: str) -> str:
    """Return a model's name in lower case, without the provider's prefix that gateways put before it.

    Azure's `gpt-35-turbo` is `gpt-3.5-turbo`.
    """
    return _GATEWAY_PREFIX.sub("", name.strip().lower()).replace("gpt-35-", "gpt-3.5-")


def spellings(model: str) -> list[str]:
    """Return the names under which a model may stand in a table: as written, then with less and less before it.

    An ARN or a resource name ends in the model's name.
    """
    name = bare(_FINE_TUNED.sub(r"\1", model))
    last = name.rpartition("/")[2]
    return list(dict.fromkeys((name, last, _PROFILE_PREFIX.sub("", last))))


def _shortened(name: str) -> Iterator[str]:
    """Yield a name without one more date or version at its end each time, while a number stays.

    The number tells a family's generations apart: `claude-v9` is no `claude`, `davinci-002` no `davinci`.
    """
    while (short := _SUFFIX.sub("", name)) != name and _NUMBER.search(short):
        yield short
        name = short


def _undated(models: dict[str, Price]) -> dict[str, Price]:
    """Return the names that models have without date and version, where all that share one have one price."""
    prices = defaultdict(set)
    for name, price in models.items():
        for short in _shortened(name):
            prices[short].add(price)
    return {name: found.pop() for name, found in prices.items() if len(found) == 1}


def _read(path: Path) -> Table:
    try:
        data = path.read_bytes()
        table = msgspec.json.decode(data, type=Table) if data.lstrip().startswith(b"{") else _read_csv(path, data)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", hint=_HINT) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, csv.Error) as error:
        raise UsageError(f"{path}: {error}", hint=_HINT) from error
    models = {
        provider: {bare(name): _known(price) for name, price in rows.items()} for provider, rows in table.models.items()
    }
    return msgspec.structs.replace(table, models=models)


def _known(price: Price) -> Price:
    """Take a price of 0 for unknown: some tables write it for what is free, some for what they do not know."""
    return Price(price.input or None, price.output or None, price.cached or None, price.image or None)


def _read_csv(path: Path, data: bytes) -> Table:
    rows = csv.reader(data.decode("utf-8-sig").splitlines())
    if tuple(cell.strip() for cell in next(rows, ())) != HEADER:
        raise UsageError(f"{path}:1: not the header of a price table", hint=_HINT)
    models: dict[str, dict[str, Price]] = {}
    for cells in filter(None, rows):
        if len(cells) != len(HEADER):
            raise UsageError(f"{path}:{rows.line_num}: {len(cells)} cells, not {len(HEADER)}", hint=_HINT)
        provider, model, *amounts = (cell.strip() for cell in cells)
        try:
            price = msgspec.convert([amount or None for amount in amounts], Price, strict=False)
        except msgspec.ValidationError as error:
            raise UsageError(f"{path}:{rows.line_num}: {error}", hint=_HINT) from error
        models.setdefault(provider, {})[model] = price
    return Table(dated="", currency="USD", source=str(path), models=models)
