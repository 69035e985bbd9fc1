"""LJ-31: a stranger asks an inference endpoint of yours what it has, and tries it, with no credential at all.

For models that one serves oneself (Ollama, vLLM, …) and watched by a gateway, a proxy or OpenTelemetry: who finds
such an endpoint on the Internet lists its models and sends a few words, hours before others are sold its use.
"""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from seawall.detect.analytic import Analytic, matches
from seawall.detect.newness import NEW_HOURS
from seawall.detect.tables import hits, rollup, seen

#: Programs that serve models and by default let everybody in, by a part of the name. Of any other provider, a call
#: without a credential says that the log lacks it.
SERVERS: Final = (
    "ollama", "vllm", "llama.cpp", "llama_cpp", "llamafile", "lm_studio", "lmstudio", "localai", "sglang",
    "xinference", "oobabooga", "koboldcpp", "tgi", "triton",
)  # fmt: skip
#: Networks that no stranger comes from.
PRIVATE: Final = ("10.", "127.", "192.168.", *(f"172.{second}." for second in range(16, 32)), "fc", "fd", "fe80:", "::")
#: A trial follows the listing in the same run of a script.
MINUTES: Final = 60
#: Below 128 tokens with the model's own template: a greeting or a question of general knowledge.
TRIVIAL_CLASS: Final = 6


def find() -> ir.Table:
    """A first trivial prompt that was answered, within the hour after models were listed, from a new network."""
    pairs = _pairs()
    chains = pairs.group_by("src_net", "provider", at=pairs["first"]).aggregate(
        begun=pairs.listed_at.min(),
        owner_key=pairs.owner_key.min(),
        owner_id=pairs.owner_id.min(),
        model=pairs.model.min(),
        client=pairs.client.min(),
    )
    born = seen.filter(seen.src_net.notnull()).group_by("src_net").aggregate(born=seen["first"].min())
    chains = chains.join(born, "src_net")
    chains = chains.filter(chains.born > chains.at - ibis.interval(hours=NEW_HOURS))
    return matches(
        chains,
        network=chains.src_net,
        subject=ibis.null("string"),
        opened_at=chains.at,
        first=chains.begun,
        last=chains.at,
        events=ibis.literal(2),
        provider=chains.provider,
        model=chains.model.fill_null("a model"),
        client=chains.client.fill_null("no client named"),
    )


def _pairs() -> ir.Table:
    """Return each trivial prompt that was answered, with each listing of models before it."""
    listed = _open(hits).filter(hits.activity == "list_models", hits.outcome.fill_null("success") == "success")
    listed = listed.select("src_net", "provider", listed_at="known_at")
    tried = _open(rollup).filter(
        rollup.activity == "infer",
        rollup.outcome.fill_null("success") == "success",
        rollup["size"] <= TRIVIAL_CLASS,
        rollup.bucket_seconds == 0,
    )
    return tried.join(
        listed,
        [
            tried.src_net == listed.src_net,
            tried.provider == listed.provider,
            listed.listed_at <= tried["first"],
            listed.listed_at >= tried["first"] - ibis.interval(minutes=MINUTES),
        ],
        rname="{name}_listed",
    )


def _open(calls: ir.Table) -> ir.Table:
    """Return calls without any credential to what one serves oneself, from the Internet."""
    public = ~ibis.or_(*(calls.src_net.startswith(prefix) for prefix in PRIVATE))
    served = ibis.or_(*(calls.provider.lower().contains(name) for name in SERVERS))
    return calls.filter(calls.subject.isnull(), calls.src_net.notnull(), public, served, ~calls.known)


RULE: Final = Analytic(
    id="LJ-31",
    title="Open endpoint tried out",
    version=1,
    severity="low",
    confidence=0.5,
    key="network",
    subject=("network",),
    family="probe",
    look_back_hours=1,
    closes="at once: it rests on the listing before the trial",
    needs=("src_net", "activity", "provider"),
    attack=("T1595", "T1190"),
    atlas=("AML.T0040", "AML.T0075"),
    benign=("a colleague at home, or a monitor outside, who tests an endpoint that is meant to be open",),
    next=(
        "Put the endpoint behind a gateway that wants a key, or off the Internet.",
        "See who used it since: whoever found it sells it on within hours.",
    ),
    why=(
        "listed the models of an endpoint ({provider}) and then had {model} answer a few words ({client}), with no"
        " credential; it was never seen before that day"
    ),
    evidence=("list_models", "infer"),
    find=find,
)
