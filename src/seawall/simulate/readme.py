"""The README of a written world; braces are filled by `World.write`."""

from __future__ import annotations

from typing import Final

README: Final = """\
# A simulated world

Seed {world.seed}, {world.days} days, {written.records} native records. Nothing here is real: every address lies in a
range reserved for documentation and tests, every key id and name was drawn at random.

| path | what |
|---|---|
| `logs/` | the providers' native logs, as they would be delivered |
| `geo.csv` | the networks of this world: `network,country,latitude,longitude,asn,as_org,kind` |
| `owners.csv` | `owner,group,name`; owners of one group are related |
| `truth.jsonl` | the ground truth: {written.thefts} stolen credentials, {written.lookalikes} benign look-alikes |

A theft line: `kind`, `manner` (loud, slow, usage_only, trial, validate), `campaign` (the same for all keys of one
thief), `provider` (null where one key spans providers), `log` (single calls, or hourly buckets), `owner_id`,
`credential_id`, `first`, `last`, `calls`, `loot_usd` (by a rough list price), `networks`, and the ids that stand in the
logs: `event_ids`, `request_ids`; for providers that log usage alone `usage_hours`, the starts (epoch seconds) of the
buckets with stolen use.
A benign line: `kind`, `provider`, `owner_id`, `credential_id`, `first`, `last`.
A use line: `owner_id`, `credential_id`, and on how many `days` it was used and not stolen.

The request ids of Azure's Activity Log are correlation ids.

Folders named `organization=…`, `project=…` or `resourceId=…` name the owner where the records do not.
Arrivals and token counts follow quantiles of the Azure LLM inference trace (CC-BY-4.0; Patel et al., "Splitwise:
Efficient generative LLM inference using phase splitting", ISCA 2024).
"""
