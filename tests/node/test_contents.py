"""Large contents in files: what is read is what was written, and a killed run leaves nothing that stays."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tegata.node import contents
from tegata.node.contents import BLOCK, CONTENT_LOST, INLINE, Contents, NewContent, Written
from tegata.wire.problems import Refused

CONTENT = b"content " * 40


@pytest.fixture
def store(tmp_path: Path) -> Contents:
    """One where the smallest content becomes a file."""
    return Contents(tmp_path / "contents", durable=True, inline=0)


def put(store: Contents, *pieces: bytes) -> Written:
    with store.adding() as adding, adding.new() as content:
        for piece in pieces:
            content.write(piece)
    return content.written


def read(store: Contents, written: Written) -> bytes:
    with store.open(written.sha256, written.size, written.inline) as file:
        return file.read()


def files(store: Contents) -> set[str]:
    return {path.name for path in store.directory.iterdir()} - {"lock"} if store.directory.exists() else set()


@pytest.mark.parametrize("size", [0, 1, INLINE - 1, INLINE, INLINE + 1, 2 * BLOCK, 3 * BLOCK + 7])
def test_what_is_read_is_what_was_written(tmp_path: Path, size: int) -> None:
    store = Contents(tmp_path / "contents", durable=True)
    content = os.urandom(size)
    pieces = [content[start : start + 300_000] for start in range(0, size, 300_000)]
    written = put(store, *pieces)
    assert (written.sha256, written.size) == (hashlib.sha256(content).hexdigest(), size)
    assert written.inline == (content if size <= INLINE else None)
    assert files(store) == (set() if size <= INLINE else {written.sha256})
    assert read(store, written) == content


def test_a_piece_may_be_changed_by_its_maker_once_it_is_written(store: Contents) -> None:
    buffer = bytearray(BLOCK)
    with store.adding() as adding, adding.new() as content:
        for value in range(4):
            buffer[:] = bytes([value]) * BLOCK
            content.write(memoryview(buffer))
    assert read(store, content.written) == b"".join(bytes([value]) * BLOCK for value in range(4))


def test_the_same_content_is_one_file(store: Contents) -> None:
    assert put(store, CONTENT) == put(store, CONTENT)
    assert len(files(store)) == 1


def test_what_is_not_finished_is_not_there(store: Contents) -> None:
    started: list[NewContent] = []

    def fail() -> None:
        with store.adding() as adding, adding.new() as content:
            started.append(content)
            content.write(bytes(3 * BLOCK))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert files(store) == set()
    with pytest.raises(ValueError, match="not finished"):
        _ = started[0].written


def test_a_disk_that_is_full_is_told(store: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(contents._File, "_append", full)
    with pytest.raises(OSError, match="No space"):
        put(store, bytes(BLOCK), b"1", bytes(BLOCK), bytes(BLOCK))
    assert files(store) == set()


def _truncate(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])


def _alter(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def _replace_by_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replace_by_link(path: Path) -> None:
    other = path.with_name("other")
    path.rename(other)
    path.symlink_to(other)


def _replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("known", [False, True], ids=["first use", "used before"])
@pytest.mark.parametrize(
    "harm", [Path.unlink, _truncate, _alter, _replace_by_directory, _replace_by_link, _replace_by_pipe]
)
def test_another_content_is_never_given(store: Contents, harm: Callable[[Path], None], known: bool) -> None:
    written = put(store, CONTENT)
    if known:
        assert read(store, written) == CONTENT
    harm(store.path(written.sha256))
    with pytest.raises(Refused) as refused:
        read(store, written)
    assert refused.value.type is CONTENT_LOST
    assert refused.value.detail == {"sha256": written.sha256}


def test_a_file_that_was_found_good_is_not_hashed_again(store: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    written = put(store, CONTENT)
    read(store, written)
    monkeypatch.delattr(hashlib, "file_digest")
    assert read(store, written) == CONTENT


def test_what_no_row_refers_to_is_removed(store: Contents) -> None:
    assert store.sweep(set) == 0
    kept, gone = put(store, CONTENT), put(store, CONTENT, b"more")
    (store.directory / "new-0123").write_bytes(b"left by a run that was killed")
    (store.directory / "notes.txt").write_bytes(b"not ours")
    assert store.sweep(lambda: {kept.sha256}) == 2
    assert files(store) == {kept.sha256, "notes.txt"}
    with pytest.raises(Refused):
        read(store, gone)


def test_nothing_is_removed_while_somebody_adds(store: Contents) -> None:
    with store.adding() as adding:
        with adding.new() as content:
            content.write(CONTENT)
        assert store.sweep(set) == 0
        assert Contents(store.directory, durable=False).sweep(set) == 0
    assert files(store) == {content.written.sha256}
    assert store.sweep(set) == 1


def test_who_adds_waits_for_a_sweep(store: Contents) -> None:
    """Else a file could be renamed between the question what is wanted and the look at the directory."""
    put(store, CONTENT)
    began, found = threading.Event(), list[Written]()

    def add() -> None:
        began.set()
        found.append(put(store, b"new"))

    adder = threading.Thread(target=add)

    def wanted() -> set[str]:
        adder.start()
        began.wait()
        adder.join(0.1)
        assert not found
        return set()

    assert store.sweep(wanted) == 1
    adder.join()
    assert files(store) == {found[0].sha256}


KILLED = """
import sys, time
from pathlib import Path
from tegata.node import contents
from tegata.node.contents import Contents
with Contents(Path(sys.argv[1]), durable=False, inline=0).adding() as adding:
    with adding.new() as content:
        content.write(b"in its place, and no row refers to it")
    with adding.new() as content:
        content.write(bytes(3 << 20))
        print("ready", flush=True)
        time.sleep(60)
"""


def test_a_run_that_was_killed_leaves_what_the_next_sweep_removes(store: Contents) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(store.directory)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert len(files(store)) == 2
        assert store.sweep(set) == 0
        process.send_signal(signal.SIGKILL)
    assert store.sweep(set) == 2
    assert files(store) == set()
