"""The report page of `seawall detect --report`: a `Result` in, one self-contained HTML page out."""

from __future__ import annotations

from seawall.cli.page.page import render

__all__ = ["render"]
