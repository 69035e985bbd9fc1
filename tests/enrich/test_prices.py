"""Prices: laws of cost, how names find their row, what a user's own table may hold."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.enrich.prices import Price, Prices, bare
from seawall.model import UsageError

PRICES = Prices.load()
COUNTED = ("input_tokens", "output_tokens", "cached_tokens", "image_count")
COUNT = st.none() | st.integers(0, 10**9)
NAMED = st.sampled_from([
    ("openai", "gpt-4o"), ("openai", "dall-e-3"), ("openai", "gpt-image-1"), ("openai", "text-embedding-3-small"),
    ("aws.bedrock", "anthropic.claude-3-haiku-20240307-v1:0"), ("anthropic", "claude-3-opus-20240229"),
])  # fmt: skip


@settings(max_examples=50)
@given(NAMED, st.fixed_dictionaries(dict.fromkeys(COUNTED, COUNT)), st.integers(2, 100))
def test_cost_is_linear_and_non_negative(named: tuple[str, str], counts: dict[str, int | None], times: int) -> None:
    """Times as much of everything costs times as much, and nothing costs less than nothing."""
    once = PRICES.cost(*named, **counts)
    often = PRICES.cost(*named, **{name: count and count * times for name, count in counts.items()})
    assert (once is None) == (often is None)
    if once is not None and often is not None:
        assert once >= 0
        assert often == pytest.approx(once * times)


@settings(max_examples=50)
@given(NAMED, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 2 * 10**9))
def test_cached_tokens_never_cost_more(named: tuple[str, str], whole: int, out: int, cached: int) -> None:
    """A cache makes a call cheaper or leaves it as it is, though a log claims more cached than all."""
    plain = PRICES.cost(*named, input_tokens=whole, output_tokens=out)
    helped = PRICES.cost(*named, input_tokens=whole, output_tokens=out, cached_tokens=cached)
    assert (plain is None) == (helped is None)
    assert helped is None or plain is None or 0 <= helped <= plain * (1 + 1e-9)


@settings(max_examples=50)
@given(st.none() | st.text(max_size=30), st.none() | st.text(max_size=300))
def test_any_name_has_a_price_or_none(provider: str | None, model: str | None) -> None:
    """Whatever a log names as provider and model, there is an answer."""
    assert PRICES.price(provider, model) is None or isinstance(PRICES.price(provider, model), Price)


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(["azure/", "bedrock/", "openai/", "GPT-35-", "us.", "x/", "-v1"]), max_size=6).map("".join)
)
def test_bare_name_is_its_own_bare_name(name: str) -> None:
    """A table that is made, written and read again has the names it had."""
    assert bare(bare(name)) == bare(name)


@pytest.mark.parametrize(
    ("provider", "logged", "row"),
    [
        ("openai", "gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("openai", "gpt-4o-2099-01-01", "gpt-4o"),
        ("openai", "GPT-4o", "gpt-4o"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:example::id", "ft:gpt-4o-mini-2024-07-18"),
        ("azure.ai.openai", "gpt-35-turbo", "gpt-3.5-turbo"),
        ("azure.ai.openai", "gpt-35-turbo-16k", "gpt-3.5-turbo-16k"),
        ("azure.ai.openai", "azure/gpt-4o", "gpt-4o"),
        ("azure.ai.inference", "Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct"),
        ("aws.bedrock", "us.anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-3-haiku-20240307-v1:0"),
        ("aws.bedrock", "apac.anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("aws.bedrock", "bedrock/us-east-1/anthropic.claude-v1", "us-east-1/anthropic.claude-v1"),
        ("aws.bedrock", "bedrock/xx-moon-1/anthropic.claude-v1", "anthropic.claude-v1"),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0:28k",
         "anthropic.claude-3-sonnet-20240229-v1:0"),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/eu.anthropic.claude-v2:1",
         "anthropic.claude-v2:1"),
        ("anthropic", "claude-3-opus-latest", "claude-3-opus-20240229"),
        ("gcp.vertex_ai", "publishers/google/models/gemini-1.5-pro-002", "gemini-1.5-pro-002"),
        ("gcp.vertex_ai", "publishers/meta/models/llama-3.3-70b-instruct-maas", "llama-3.3-70b-instruct-maas"),
        ("gcp.vertex_ai", "claude-3-5-sonnet-v2@20991231", "claude-3-5-sonnet-v2"),
        ("gcp.gemini", "models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("groq", "openai/gpt-oss-120b", "gpt-oss-120b"),
    ],
)  # fmt: skip
def test_names_as_logs_write_them(provider: str, logged: str, row: str) -> None:
    """A name in a log finds the row of its model, by the longest name that has one."""
    group = {"azure.ai.inference": "azure.ai.openai"}.get(provider, provider)
    assert PRICES.price(provider, logged) == PRICES._exact[group][row]


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("aws.bedrock", "anthropic.claude-v9"),  # another generation
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcdefabcdef"),
        ("azure.ai.openai", "production"),  # a deployment's name
        ("mistral_ai", "mistral-large-2699"),  # year and month name a model
        ("cohere", "command-r-01-2099"),
        ("openai", "davinci"),  # of another price than davinci-002
        ("openai", "gpt-4o-audio"),
        ("openai", "anthropic.claude-v2:1"),
        ("ollama", "gpt-4o"),
        ("openai", "gpt-4o" * 100),
    ],
)
def test_another_models_price_is_worse_than_none(provider: str, model: str) -> None:
    """A model that the table does not know is unpriced, never priced by its neighbour."""
    assert PRICES.price(provider, model) is None
    assert PRICES.cost(provider, model, input_tokens=1000, output_tokens=1000) is None


def made(tmp_path: Path, **models: list[float | None]) -> Prices:
    """Load a table of the given models of one provider."""
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"dated": "2000-01", "currency": "USD", "source": "test", "models": {"p": models}}))
    return Prices.load(path)


def test_arithmetic_of_cost(tmp_path: Path) -> None:
    """Tokens by the million, cached ones at their own price, images apart where tokens out have no price."""
    prices = made(tmp_path, text=[2, 8, 0.5], plain=[2, 8], image=[None, None, None, 0.04], both=[5, 40, None, 0.01])
    million = 1_000_000
    assert prices.cost("p", "text", input_tokens=million, output_tokens=million) == pytest.approx(10)
    assert prices.cost("p", "text", input_tokens=million, cached_tokens=million // 2) == pytest.approx(1.25)
    assert prices.cost("p", "plain", input_tokens=million, cached_tokens=million // 2) == pytest.approx(2)
    assert prices.cost("p", "text", cached_tokens=million) == pytest.approx(0.5)
    assert prices.cost("p", "image", input_tokens=7, image_count=3) == pytest.approx(0.12)
    assert prices.cost("p", "both", image_count=2) == pytest.approx(0.02)
    assert prices.cost("p", "both", image_count=2, output_tokens=million) == pytest.approx(40)


def test_unknown_is_none_and_never_zero(tmp_path: Path) -> None:
    """No counts, a price of 0, or counts of what has no price: unpriced."""
    prices = made(tmp_path, text=[2, 8], free=[0, 0, 0, 0], image=[None, None, None, 0.04])
    assert prices.cost("p", "text") is None
    assert prices.cost("p", "text", image_count=1) is None
    assert prices.cost("p", "free", input_tokens=10, output_tokens=10, image_count=1) is None
    assert prices.cost("p", "image", input_tokens=10, output_tokens=10) is None


def test_short_name_of_models_with_different_prices_has_none(tmp_path: Path) -> None:
    """A name without date is priced by dated ones only where they agree."""
    rows: dict[str, list[float | None]] = {
        "m1-20240101": [1, 2],
        "m1-20250101": [1, 2],
        "m2-20240101": [1, 2],
        "m2-20250101": [3, 4],
    }
    prices = made(tmp_path, **rows)
    assert prices.price("p", "m1") == prices.price("p", "m1-20990101") == Price(1, 2)
    assert prices.price("p", "m2") is None


@pytest.mark.parametrize(
    "text",
    [
        '{"dated":"","currency":"USD","source":"mine","models":{"openai":{"gpt-4o":[1,2,null,null],"new-9":[3,4]}}}',
        "provider,model,input,output,cached,image\nopenai,gpt-4o,1,2,,\n\nopenai,New-9,3,4,,\n",
    ],
)
def test_override_replaces_row_by_row(tmp_path: Path, text: str) -> None:
    """A user's own rows count, in either form; the others stay."""
    path = tmp_path / "own"
    path.write_text(text)
    prices = Prices.load(override=path)
    assert prices.price("openai", "gpt-4o") == Price(1, 2)
    assert prices.price("openai", "new-9") == Price(3, 4)
    assert prices.price("anthropic", "claude-3-opus-20240229") == PRICES.price("anthropic", "claude-3-opus-20240229")


def test_override_may_use_other_names_of_providers(tmp_path: Path) -> None:
    """`bedrock` in a user's table is `aws.bedrock` in a log."""
    path = tmp_path / "own.csv"
    path.write_text("provider,model,input,output,cached,image\nbedrock,us.example.big-1,1,2,,\n")
    assert Prices.load(override=path).price("aws.bedrock", "us.example.big-1") == Price(1, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "own:1: not the header"),
        ("model,price\n", "own:1: not the header"),
        ("provider,model,input,output,cached,image\nopenai,a,1,2,,\nopenai,b,-1,2,,\n", "own:3: "),
        ("provider,model,input,output,cached,image\nopenai,a,cheap,2,,\n", "own:2: "),
        ("provider,model,input,output,cached,image\nopenai,a,nan,2,,\n", "own:2: "),
        ("provider,model,input,output,cached,image\nopenai,a,inf,2,,\n", "own:2: "),
        ("provider,model,input,output,cached,image\nopenai\n", "own:2: 1 cells, not 6"),
        ('{"dated":"","currency":"USD","source":"","models":{"openai":{"a":["x"]}}}', r"own: .*\$\.models"),
        ('{"dated":"","currency":"EUR","source":"","models":{}}', "own: "),
        ('{"models":' + "[" * 100_000, "own: "),
        ("\udcff", "own: "),
    ],
)
def test_bad_override_names_file_and_row(tmp_path: Path, text: str, said: str) -> None:
    """A table that makes no sense is an error of use that says where."""
    path = tmp_path / "own"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=said):
        Prices.load(override=path)


def test_missing_override_is_an_error_of_use(tmp_path: Path) -> None:
    """A table that is not there is named."""
    with pytest.raises(UsageError, match="absent"):
        Prices.load(override=tmp_path / "absent")


def test_bundled_table_is_dated_small_and_sound(root: Path) -> None:
    """The table says its month, knows every provider, has no row without a price, and stays small."""
    assert (root / "src" / "seawall" / "enrich" / "prices.json").stat().st_size < 300_000
    assert PRICES.dated == "2026-11"
    assert {"aws.bedrock", "azure.ai.openai", "openai", "anthropic", "gcp.vertex_ai", "gcp.gemini"} <= set(
        PRICES._exact
    )
    assert not [name for rows in PRICES._exact.values() for name, price in rows.items() if price == Price()]


@pytest.mark.data
def test_bundled_table_is_what_the_tool_makes(root: Path, samples: Path, tmp_path: Path) -> None:
    """`tools/make_prices.py` makes the bundled table from the samples, byte for byte."""
    out = tmp_path / "prices.json"
    command = [sys.executable, str(root / "tools" / "make_prices.py"), str(samples / "logs" / "prices"), "-o", str(out)]
    subprocess.run(command, check=True)
    assert out.read_bytes() == (root / "src" / "seawall" / "enrich" / "prices.json").read_bytes()


@pytest.mark.data
def test_prices_agree_with_their_source(samples: Path) -> None:
    """Every chat model of the newer source costs here what its row says, but for names that several rows share."""
    rows = json.loads((samples / "logs" / "prices" / "model_prices.json").read_bytes())
    groups = {"openai": "openai", "anthropic": "anthropic", "bedrock": "aws.bedrock", "groq": "groq", "xai": "x_ai"}
    checked = 0
    for row in rows:
        if row["mode"] == "chat" and row["provider"] in groups and row.get("output_cost_per_token"):
            counts = {"input_tokens": 1000, "output_tokens": 100}
            cost = PRICES.cost(groups[row["provider"]], row["model"], **counts)
            expected = 1000 * row.get("input_cost_per_token", 0) + 100 * row["output_cost_per_token"]
            if not row["model"].startswith("bedrock_mantle/"):
                assert cost == pytest.approx(expected, rel=1e-4), row["model"]
                checked += 1
    assert checked > 300
