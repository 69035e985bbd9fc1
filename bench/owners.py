"""Who is in the world: owners with their keys, networks, models and days. A number of events and a seed in, owners out.

Sizes are heavy-tailed, as the use of real accounts is. Addresses are of the ranges for documentation and tests only.
"""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

DAYS: Final = 21
#: 2026-01-01 00:00 UTC, a Thursday.
START: Final = 1_767_225_600
DAY: Final = 86_400
MODELS: Final = (
    "anthropic.claude-3-5-sonnet-20240620-v1:0", "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic.claude-sonnet-4-20250514-v1:0", "amazon.nova-pro-v1:0", "amazon.nova-lite-v1:0",
    "amazon.titan-embed-text-v2:0", "meta.llama3-1-70b-instruct-v1:0", "mistral.mistral-large-2407-v1:0",
    "cohere.command-r-plus-v1:0", "stability.sd3-large-v1:0",
)  # fmt: skip
OPENAI_MODELS: Final = ("gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "gpt-4.1-2025-04-14", "o3-2025-04-16")
REGIONS: Final = ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-northeast-1")
_AGENTS: Final = (
    "Boto3/1.34.{0} md/Botocore#1.34.{0} ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.{1} cfg/retry-mode#legacy",
    "Boto3/1.35.{0} md/Botocore#1.35.{0} ua/2.0 os/linux#5.10.{1} md/arch#aarch64 lang/python#3.12.3 exec-env/AWS_ECS",
    "aws-sdk-js/3.{0}.0 ua/2.1 os/linux#5.15 lang/js md/nodejs#20.{1}.0 api/bedrock_runtime#3.{0}.0 exec-env/Lambda",
    "aws-sdk-java/2.25.{0} Linux/5.15 OpenJDK_64-Bit_Server_VM/17.0.{1}+8 Java/17.0.{1} vendor/Example io/async",
    "aws-cli/2.15.{0} Python/3.11.{1} Linux/6.1 exe/x86_64.ubuntu.22 prompt/off command/bedrock-runtime.converse",
    "langchain-aws/0.1.{1} Boto3/1.34.{0} md/Botocore#1.34.{0} ua/2.0 os/linux#6.5.0 lang/python#3.11.9",
)
#: A network's country is its number modulo this.
COUNTRIES: Final = 10
_NETS_V4: Final = 512


class Key(msgspec.Struct, frozen=True):
    """One credential and how it is used. `handle`: its access key id, empty for a role, whose ids are temporary."""

    name: str
    handle: str
    agent: str
    region: str
    operation: str
    networks: tuple[int, ...]
    models: tuple[str, ...]
    weight: float


class Owner(msgspec.Struct, frozen=True):
    """One account. `events`: about how many records it leaves; `kind`: `aws`, `aws+log` (invocation log on), `openai`.

    `robbed`: the day on which a thief begins to use its first key, from `den`; -1 for never.
    """

    id: str
    number: int
    seed: int
    kind: str
    events: int
    keys: tuple[Key, ...]
    robbed: int
    den: int


def plan(events: int, seed: int) -> list[Owner]:
    """Return the owners of a world of about so many events, the largest first."""
    rng = Random(seed)
    size = max(12, min(400, events // 20_000))
    kinds = [("openai", "aws+log", "aws", "aws", "aws+log", "aws", "aws")[number % 7] for number in range(size)]
    weights = [0.0 if kind == "openai" else 1 / (rank + 3) ** 0.7 for rank, kind in enumerate(kinds)]
    # OpenAI reports by the hour: what its owners leave does not grow with their use
    left = events - sum(_reported(number) for number, kind in enumerate(kinds) if kind == "openai")
    share = max(left, size) / sum(weights)
    return [_owner(number, kinds[number], int(weights[number] * share), rng) for number in range(size)]


def _reported(number: int) -> int:
    return DAYS * 24 * (3 + number % 6)


def _owner(number: int, kind: str, events: int, rng: Random) -> Owner:
    robbed = rng.randrange(DAYS // 2, DAYS - 2) if kind != "openai" and number % 25 == 9 else -1
    keys = 3 + number % 6 if kind == "openai" else rng.randrange(2, 9)
    # all of one country: a network's number says which
    nets = tuple(rng.randrange(2, 300) * COUNTRIES + number % COUNTRIES for _ in range(rng.randrange(2, 6)))
    return Owner(
        id=f"org-bench{number:04}" if kind == "openai" else f"{100_000_000_000 + number * 7_919_317}",
        number=number,
        seed=rng.getrandbits(32),
        kind=kind,
        events=_reported(number) if kind == "openai" else events,
        keys=tuple(_key(number, place, nets, rng) for place in range(keys)),
        robbed=robbed,
        den=number // 50 % 16,
    )


def _key(owner: int, place: int, nets: tuple[int, ...], rng: Random) -> Key:
    return Key(
        name=f"svc-{owner}-{place}",
        handle=f"AK{'IA'}{owner * 100 + place:016}" if place % 3 else "",
        agent=rng.choice(_AGENTS).format(rng.randrange(1, 60), rng.randrange(1, 12)),
        region=rng.choice(REGIONS[: 1 + owner % len(REGIONS)]),
        operation=rng.choice(("InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream")),
        networks=tuple(rng.sample(nets, min(len(nets), rng.randrange(1, 4)))),
        models=tuple(rng.sample(MODELS, rng.randrange(1, 4))),
        weight=rng.paretovariate(1.2),
    )


def network(number: int) -> str:
    """Return a network's text: the /24s of 198.18.0.0/15, then /48s of 2001:db8::/32."""
    if number < _NETS_V4:
        return f"198.{18 + number // 256}.{number % 256}.0/24"
    return f"2001:db8:{number:x}::/48"


def address(number: int, host: int) -> str:
    """Return an address of a network."""
    if number < _NETS_V4:
        return f"198.{18 + number // 256}.{number % 256}.{1 + host % 254}"
    return f"2001:db8:{number:x}::{1 + host % 65_000:x}"
