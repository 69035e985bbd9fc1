"""The `seawall` command: parse, call, render."""

from __future__ import annotations

import click

__all__ = ["main"]


@click.group()
@click.version_option(package_name="seawall")
def main() -> None:
    """Find out whether somebody is using your AI keys."""
