"""Readers of the providers' logs. `SOURCES` is the list; the first that matches a record reads it."""

from __future__ import annotations

from typing import Final

from seawall.sources.base import Context, Ignored, Source

SOURCES: Final[tuple[Source, ...]] = ()

__all__ = ["SOURCES", "Context", "Ignored", "Source"]
