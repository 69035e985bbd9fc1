"""Write `prices.json` from tables of list prices: `tools/make_prices.py DIR [--dated YYYY-MM] [-o FILE]`.

In: DIR with `model_prices.json` and, for models that it lacks, `model_prices_older.json`: arrays of rows
`{"provider","model","mode",…}` with US dollars per token, pixel or image. Out: one line per model, sorted: dollars per
million tokens in, out, in from a cache, and per image; null where unknown. A price of 0 is unknown.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from seawall.enrich.prices import MILLION, Price, bare

DATED: Final = "2026-11"
SOURCE: Final = "list prices as in LiteLLM 1.110.2 (MIT); models that it lacks, as in LiteLLM 1.59.0"
TABLES: Final = ("model_prices_older.json", "model_prices.json")
OUT: Final = Path(__file__).parents[1] / "src" / "seawall" / "enrich" / "prices.json"

#: The groups of the tables → the values of OpenTelemetry's `gen_ai.provider.name`.
PROVIDERS: Final = {
    "anthropic": "anthropic",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "gemini": "gcp.gemini",
    "groq": "groq",
    "mistral": "mistral_ai",
    "openai": "openai",
    "vertex_ai": "gcp.vertex_ai",
    "xai": "x_ai",
}
IMAGE_MODES: Final = frozenset({"image_generation", "image_edit"})
#: Image models have a row per quality, size and number of steps.
SIZED: Final = re.compile(r"(?:\w+/)?(?:(\d+)-x-(\d+)|max-x-max)/(?:\w+-steps/)?(.+)", re.ASCII)

Models = dict[str, Price]


def table(rows: list[dict[str, Any]]) -> dict[str, Models]:
    """Reduce one table. Of several rows for one name the one with the plainest name in the source counts."""
    models: dict[str, Models] = {provider: {} for provider in PROVIDERS.values()}
    for row in sorted(rows, key=lambda row: (row["model"].count("/"), row["model"])):
        provider = PROVIDERS.get(row["provider"])
        if provider is not None:
            known = models[provider]
            for name, price in _priced(provider, row):
                known[name] = _joined(known[name], price) if name in known else price
    return models


def _priced(provider: str, row: dict[str, Any]) -> Iterator[tuple[str, Price]]:
    name = bare(row["model"])
    sized = SIZED.fullmatch(name)
    if sized is not None:
        area = int(sized[1] or 0) * int(sized[2] or 0)
        name, price = bare(sized[3]), Price(image=_rounded(_image(row) or row.get("input_cost_per_pixel", 0) * area))
    else:
        price = _price(row)
    if provider == "gcp.vertex_ai":
        name = name.rpartition("/")[2]  # logs name the publisher elsewhere
    if price != Price():
        yield name, price


def _price(row: dict[str, Any]) -> Price:
    output = row.get("output_cost_per_token", 0)
    if row["mode"] in IMAGE_MODES:
        output = row.get("output_cost_per_image_token") or output  # what comes out is an image
    return Price(
        input=_rounded(row.get("input_cost_per_token", 0) * MILLION),
        output=_rounded(output * MILLION),
        cached=_rounded(row.get("cache_read_input_token_cost", 0) * MILLION),
        image=_rounded(_image(row)),
    )


def _image(row: dict[str, Any]) -> float:
    made: float = row.get("output_cost_per_image", 0)
    # Some rows of image models call an image made an image in.
    return made or (row.get("input_cost_per_image", 0) if row["mode"] in IMAGE_MODES else 0)


def _rounded(dollars: float) -> float | None:
    return round(dollars, 6) or None


def _joined(first: Price, other: Price) -> Price:
    """Keep the first row's figures; of image prices keep the lowest, since logs do not tell size and quality."""
    images = [price.image for price in (first, other) if price.image is not None]
    return msgspec.structs.replace(first, image=min(images, default=None))


def merged(tables: list[dict[str, Models]]) -> dict[str, Models]:
    """Put tables into one, row by row; the later ones count."""
    whole: dict[str, Models] = {}
    for models in tables:
        for provider, prices in models.items():
            whole.setdefault(provider, {}).update(prices)
    return whole


def render(models: dict[str, Models], dated: str) -> str:
    """Return the file's text: sorted, one line per model, so that a new table's changes can be read."""
    blocks = []
    for provider, prices in sorted(models.items()):
        lines = ",\n".join(f"{_json(name)}:{_json(price)}" for name, price in sorted(prices.items()))
        blocks.append(f"{_json(provider)}:{{\n{lines}\n}}")
    head = f'{{"dated":{_json(dated)},"currency":"USD","source":{_json(SOURCE)},"models":{{'
    return head + "\n" + ",\n".join(blocks) + "\n}}\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Write prices.json from tables of list prices.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--dated", default=DATED, help=f"month of the price lists (default {DATED})")
    parser.add_argument("-o", dest="out", type=Path, default=OUT, help="file to write")
    arguments = parser.parse_args()
    tables = [table(msgspec.json.decode((arguments.directory / name).read_bytes())) for name in TABLES]
    arguments.out.write_text(render(merged(tables), arguments.dated), encoding="utf-8")


if __name__ == "__main__":
    main()
