"""No secret survives redaction in any column; all else is the same byte by byte. Secrets are made at run time."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.enrich.redaction import redact
from seawall.enrich.shapes import SHAPES, Shape
from seawall.model import COLUMNS

KEY: Final = bytes(range(16))
FREE: Final = [name for name in COLUMNS if name in {
    "event_id", "request_id", "provider", "operation", "error_code", "owner_id", "resource_id", "region",
    "credential_id", "principal_id", "end_user_id", "session_id", "user_agent", "client", "ja4", "via", "model",
    "deployment", "filter_categories", "guardrail_id",
}]  # fmt: skip
#: What stands around a secret: no character that could belong to it.
AROUND: Final = st.text(alphabet=' ,;"()\\\n\té中\U0001f511<', max_size=12)
#: Where secrets stand that only their place gives away.
PLACES: Final = (
    "?sig=", "%26sig%3D", "AccountKey=", "X-Amz-Signature=", '"secretAccessKey": "', "aws_secret_access_key = ",
    "api-key: ", "Ocp-Apim-Subscription-Key:", "<ApiKey>", "Bearer ", 'Authorization: "Basic ',
)  # fmt: skip
MARK: Final = re.compile(r"\[[a-z_]+:[0-9a-f]{12}\]")


def secret_of(shape: Shape) -> st.SearchStrategy[tuple[str, str]]:
    """Return the text before a secret of this shape, and the secret."""
    before = [f" {place}" for place in PLACES if re.search(f"{shape.after}$", place)] if shape.after else [" "]
    return st.tuples(st.sampled_from(before), st.from_regex(re.compile(shape.pattern, re.ASCII), fullmatch=True))


def planted() -> st.SearchStrategy[tuple[str, str]]:
    """Return what `secret_of` does for any shape."""
    return st.sampled_from(SHAPES).flatmap(secret_of)


def column(name: str, *values: str | None) -> pa.Table:
    """Return a table of one column of text."""
    return pa.table({name: pa.array(values, pa.string())})


def one(text: str, name: str = "user_agent", key: bytes | None = KEY) -> str:
    """Return what becomes of a text."""
    return str(redact(column(name, text), key)[name][0].as_py())


@settings(max_examples=50, deadline=None)
@given(secret=planted(), start=AROUND, end=AROUND, name=st.sampled_from(FREE))
def test_no_secret_survives_in_a_column_and_its_surroundings_do(
    secret: tuple[str, str], start: str, end: str, name: str
) -> None:
    """A secret of any shape is replaced by a mark; what stands around it is unchanged."""
    before, value = secret
    assert value not in (found := one(f"{start}{before}{value} {end}", name))
    assert found.startswith(start + before)
    assert found.endswith(f" {end}")
    assert MARK.search(found)


@settings(max_examples=50, deadline=None)
@given(secret=planted(), start=AROUND, end=AROUND, member=st.booleans(), inside=st.booleans())
def test_no_secret_survives_in_a_record_and_it_stays_json(
    secret: tuple[str, str], start: str, end: str, member: bool, inside: bool
) -> None:
    """As a value, a name, or in JSON inside a text: the record can be read, and only the secret is gone."""
    before, value = secret
    text = f"{start}{before}{value} {end}"
    record: object = {text: 1} if member else {"a": [text], "b": 1.50}
    raw = json.dumps({"outer": json.dumps(record)} if inside else record)
    found = one(raw, "raw")
    tree = json.loads(found)
    shown = json.dumps(json.loads(tree["outer"]) if inside else tree)
    assert json.dumps(value)[1:-1] not in shown
    assert MARK.search(shown)
    assert json.dumps(end)[1:-1] in shown


@settings(max_examples=30, deadline=None)
@given(secret=planted(), places=st.integers(0, 2**60))
def test_no_escape_hides_a_secret_in_a_record(secret: tuple[str, str], places: int) -> None:
    r"""A key written with `\u0073` for `s`, here and there, is the same key."""
    before, value = secret
    value = re.sub(r"[\t\r\n\\]", "", value)
    hidden = "".join(
        f"\\u{ord(letter):04x}" if escaped == "1" and letter.isalnum() else letter
        for letter, escaped in zip(value, itertools.cycle(f"{places:060b}"), strict=False)
    )
    found = json.loads(one(f'{{"a":{json.dumps(before)[:-1]}{hidden}"}}', "raw"))["a"]
    assert value not in found
    assert MARK.search(found)


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.none() | st.text(max_size=40) | planted().map("".join), max_size=6))
def test_redaction_is_done_once(texts: list[str | None]) -> None:
    """What was redacted is redacted: nothing of a mark is taken for a secret, nulls stay, no row moves."""
    rows = pa.table({name: pa.array(texts, pa.string()) for name in ("user_agent", "model", "event_id")})
    once = redact(rows, KEY)
    assert redact(once, KEY).equals(once)
    for name in rows.column_names:
        for before, after in zip(rows[name].to_pylist(), once[name].to_pylist(), strict=True):
            assert after == before or MARK.search(after)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_a_clean_table_is_the_same_table(texts: list[str]) -> None:
    """Where nothing looks like a secret, the very same columns come back, escapes and all."""
    clean = [json.dumps({"text": text.replace("/", "")}) for text in texts]
    rows = pa.table({"raw": clean, "model": ["gpt-4o"] * len(clean), "input_tokens": [1] * len(clean)})
    assert redact(rows, KEY).equals(rows)


def test_the_same_secret_has_the_same_mark_everywhere_and_under_another_key_another() -> None:
    """By its mark a secret can be followed from a user agent to a record; without a key the mark says its kind only."""
    secret = f"sk-proj-{secrets.token_urlsafe(40)}"
    rows = pa.table({"raw": [json.dumps({"error": f"bad key {secret}."})], "user_agent": [f"tool/1 ({secret})"]})
    done = redact(rows, KEY)
    marks = {mark for name in rows.column_names for mark in MARK.findall(done[name][0].as_py())}
    assert len(marks) == 1
    assert one(f"x {secret}", key=bytes(16)) not in {f"x {mark}" for mark in marks}
    assert one(f"x {secret}", key=None) == "x [openai_key]"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.kind}-{SHAPES.index(shape)}")
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_each_shape_names_its_source_and_is_found(shape: Shape, data: st.DataObject) -> None:
    """Each row of the table works: a secret of its shape is found and called by its kind, or by a narrower one."""
    assert shape.fact
    before, value = data.draw(secret_of(shape))
    found = one(f"{before}{value} rest")
    assert found.startswith(f"{before}[")
    assert found.endswith("] rest")


@pytest.mark.parametrize(
    "text",
    [
        f"AKIA{'A' * 16}", "arn:aws:iam::123456789012:user/BedrockAPIKey-abcd+1-at-123456789012",
        "key_1234567890abcdef", "apikey_01Rj2N8SVvo6BePZj99NhmiT", hashlib.sha256(b"a key").hexdigest(),
        "task-12345678901234567890123456789012", f"projects/p/serviceAccounts/a@p/keys/{'0123456789' * 4}",
        "claude-3-5-sonnet-20241022-v2:0", json.dumps({"api_key": hashlib.sha256(b"a key").hexdigest()}),
        "sk-…abcd", "Bearer token required", "chatcmpl-9ZxQabcdefghijklmnopqrstuvwxyz", "python-requests/2.32 basic",
    ],
)  # fmt: skip
def test_public_ids_stay(text: str) -> None:
    """Key ids, hashes of keys, models, resources and words about keys are not secrets."""
    assert one(text) == text


@pytest.mark.parametrize("glue", ["\n", "\t", "\\", "\\\\", "/", "=", "-", "_", "\u2028", '"', "é"])
@pytest.mark.parametrize("make", [
    lambda: f"r8_{secrets.token_hex(20)}", lambda: f"nvapi-{secrets.token_hex(32)}",
    lambda: f"bedrock-api-key-{base64.b64encode(secrets.token_bytes(90)).decode()}",
])  # fmt: skip
def test_a_record_stays_json_whatever_stands_before_a_key(glue: str, make: Callable[[], str]) -> None:
    """Keys that begin with the letter of an escape, as do those of Replicate, NVIDIA and Bedrock, do not break it."""
    secret = make()
    raw = json.dumps({"a": f"x{glue}{secret}", "b": f"{secret[0]}{glue}y"}, ensure_ascii=False)
    found = one(raw, "raw")
    assert secret not in found
    assert json.loads(found)["a"].startswith(f"x{glue}[")
    assert json.loads(found)["b"] == json.loads(raw)["b"]


@pytest.mark.parametrize(
    "unit",
    ["-eyJ-hf_" + "a" * 30, " sk-" + "a" * 20, "eyJ-", "\\\\\\", "-----BEGIN PRIVATE KEY-----", "sig=", "Bearer "],
)
def test_a_text_made_to_be_slow_is_not(unit: str) -> None:
    """A megabyte of beginnings of secrets takes no longer than a moment."""
    raw = json.dumps({"a": unit * (1_000_000 // len(unit))})
    began = time.process_time()
    json.loads(one(raw, "raw"))
    assert time.process_time() - began < 5


def test_columns_of_ours_and_figures_are_not_touched() -> None:
    """Words of ours, addresses and figures are passed on; a table without text is itself."""
    rows = pa.table({"source": ["litellm"], "src_ip": ["192.0.2.1"], "input_tokens": [1], "prompt_sketch": [b"sk-"]})
    assert redact(rows, KEY).equals(rows)
    assert redact(column("model"), KEY).num_rows == 0
