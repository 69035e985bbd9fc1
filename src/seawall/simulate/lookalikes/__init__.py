"""Look-alikes: legitimate things that resemble theft. To add one: a function, a line in the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seawall.simulate.draft import Draft
from seawall.simulate.lookalikes import admin, moves, volume

LOOKALIKES: Final[dict[str, Callable[[Draft], None]]] = {
    "onboarding": admin.onboarding,
    "key_listing": admin.key_listing,
    "rotation": admin.rotation,
    "terraform_logging": admin.terraform_logging,
    "new_key": admin.new_key,
    "travel": moves.travel,
    "office_move": moves.office_move,
    "notebook_host": moves.notebook_host,
    "ci_runners": moves.ci_runners,
    "region_spread": moves.region_spread,
    "vpn_egress": moves.vpn_egress,
    "nat_egress": moves.nat_egress,
    "saas_egress": moves.saas_egress,
    "batch_evaluation": volume.batch_evaluation,
    "launch": volume.launch,
    "holiday": volume.holiday,
    "red_team": volume.red_team,
}

__all__ = ["LOOKALIKES"]
