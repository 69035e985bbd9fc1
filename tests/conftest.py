"""What every test can ask for: the folder of real samples, or a clear word that it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of real samples (`SEAWALL_TEST_DATA`, else `../shared/data`); skip where there is none."""
    path = Path(os.environ.get("SEAWALL_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip(f"no real samples in {path}: set SEAWALL_TEST_DATA")
    return path
