"""The data directory: private, found by its setting, filled by one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seawall.model import IncompleteError, UsageError
from seawall.store.durable import write_whole
from seawall.store.home import Home


def test_it_is_made_private(tmp_path: Path) -> None:
    """The directory has mode 0700 and its key 0600, whatever the umask."""
    before = os.umask(0)
    try:
        home = Home.open(tmp_path / "a" / "home")
        home.key()
    finally:
        os.umask(before)
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert (home.path / "key").stat().st_mode & 0o777 == 0o600


def test_the_setting_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SEAWALL_HOME` says where it is; without it, it is below the user's home."""
    monkeypatch.setenv("SEAWALL_HOME", str(tmp_path / "set"))
    assert Home.open().path == tmp_path / "set"
    monkeypatch.delenv("SEAWALL_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Home.open().path == tmp_path / ".local" / "share" / "seawall"


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_one_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    """A directory with wider permissions is not used; the hint is a command that a shell can run."""
    place = tmp_path / "it's wide"
    place.mkdir()
    place.chmod(mode)
    with pytest.raises(UsageError, match="others can enter") as error:
        Home.open(place)
    subprocess.run(error.value.hint, shell=True, check=True)  # noqa: S602 - it is meant for a shell
    assert Home.open(place).path == place


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    """A file in its place, or above it, is an error that a person can read."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="no folder"):
        Home.open(tmp_path / "file")
    with pytest.raises(IncompleteError, match="cannot create"):
        Home.open(tmp_path / "file" / "below")


def test_the_key_is_made_once(tmp_path: Path) -> None:
    """Processes that ask at once get the same 32 bytes, and so does everyone later; two directories differ."""
    homes = [Home.open(tmp_path / name) for name in ("a", "b")]
    script = (
        "import sys, pathlib; from seawall.store.home import Home; print(Home(pathlib.Path(sys.argv[1])).key().hex())"
    )
    asked = [
        subprocess.Popen([sys.executable, "-c", script, homes[0].path], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    keys = {process.communicate()[0].strip() for process in asked}
    assert keys == {homes[0].key().hex()}
    assert len(homes[0].key()) == 32
    assert homes[0].key() != homes[1].key()


def test_a_broken_key_is_never_replaced(tmp_path: Path) -> None:
    """A key file of another length is an error: a new key would part all old hashes from all new ones."""
    home = Home.open(tmp_path / "home")
    (home.path / "key").write_bytes(b"short")
    with pytest.raises(UsageError, match="32 bytes"):
        home.key()
    assert (home.path / "key").read_bytes() == b"short"


def test_a_second_ingester_is_told_of_the_first(tmp_path: Path) -> None:
    """Another process that wants the lock gets the holder's pid and exit code 3; afterwards it gets the lock."""
    home = Home.open(tmp_path / "home")
    with home.ingesting(), pytest.raises(IncompleteError, match=f"process {os.getpid()} is filling") as error:
        _lock(home)
    assert error.value.exit_code == 3
    _lock(home)


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """The lock goes with the process, though its pid still stands in the file."""
    home = Home.open(tmp_path / "home")
    script = (
        "import os, signal, sys, pathlib; from seawall.store.home import Home\n"
        "with Home(pathlib.Path(sys.argv[1])).ingesting(): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", script, home.path], check=False).returncode == -9
    assert (home.path / "lock").read_text()
    _lock(home)


def _lock(home: Home) -> None:
    """Take the lock from another opening of the file, as another process would."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_hold, home).result()


def _hold(home: Home) -> None:
    with home.ingesting():
        pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A write that fails leaves the file as it was, and nothing beside it."""
    file = tmp_path / "file"
    write_whole(file, b"first")
    with pytest.raises(TypeError):
        write_whole(file, "not bytes")  # type: ignore[arg-type]
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]
