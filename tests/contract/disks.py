"""Disks for stores under test: one that fails when it is told to, and one that forgets what it was not made to keep."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import apsw


@dataclass(slots=True)
class Disk:
    """What all files of a disk have in common: when it fails, and how."""

    base: str
    error: type[apsw.Error] = apsw.FullError
    fails_at: int | None = None
    """The how manieth write or sync from now on is the first to fail; None for a good disk."""
    fails_once: bool = False
    reads: bool = False
    """Whether a disk that fails cannot be read either."""
    only: str = ""
    """What the names of files end with that are hurt; all files, unless said."""
    changes: int = 0
    """Writes and syncs since it was last told how to fail."""
    files: list["_Forgetful"] = field(default_factory=list)

    def fail(
        self, at: int, error: type[apsw.Error], *, once: bool = False, reads: bool = False, only: str = ""
    ) -> None:
        self.fails_at, self.error, self.fails_once, self.reads, self.only = at, error, once, reads, only
        self.changes = 0

    def be_good(self) -> None:
        self.fails_at, self.changes, self.reads = None, 0, False

    def read(self) -> None:
        """Something is to be read."""
        if self.reads:
            raise self.error("made to fail")

    def change(self, name: str) -> None:
        """Something is to be written."""
        if not name.endswith(self.only):
            return
        self.changes += 1
        late = self.fails_at is not None and self.changes >= self.fails_at
        if late and (self.changes == self.fails_at or not self.fails_once):
            raise self.error("made to fail")

    def lose_power(self, keeps: Sequence[bool] = (False,)) -> None:
        """Forgets what no sync has asked for, but for writes that `keeps` lets through in turn, and does no more."""
        for file in self.files:
            file.lose_power(keeps)


class _Failing(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__(disk.base, name, flags)
        self.disk = disk
        self.name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - apsw's names
        self.disk.read()
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.change(self.name)
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.change(self.name)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.change(self.name)  # no fsync: the tests' own machine keeps its power


class _Forgetful(apsw.VFSFile):
    """Shows what was written, and writes it when it is synced."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__(disk.base, name, flags)
        self.seen = bytearray(super().xRead(super().xFileSize(), 0))
        self.waiting: list[tuple[int, bytes | None]] = []
        self.on = True
        disk.files.append(self)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._power()
        _write(self.seen, offset, data)
        self.waiting.append((offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._power()
        _write(self.seen, size, None)
        self.waiting.append((size, None))

    def xFileSize(self) -> int:  # noqa: N802
        return len(self.seen)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._power()
        self._write_down((True,))

    def xClose(self) -> None:  # noqa: N802
        self._write_down((True,))
        super().xClose()

    def lose_power(self, keeps: Sequence[bool]) -> None:
        self._write_down(keeps)
        self.on = False

    def _power(self) -> None:
        if not self.on:
            raise apsw.IOError("there is no power")

    def _write_down(self, keeps: Sequence[bool]) -> None:
        waiting, self.waiting = self.waiting, []
        for number, (offset, data) in enumerate(waiting):
            if not self.on or not keeps[number % len(keeps)]:
                continue
            if data is None:
                super().xTruncate(offset)
            else:
                super().xWrite(data, offset)


class _Files(apsw.VFS):
    def __init__(self, disk: Disk, kind: type[_Failing | _Forgetful]) -> None:
        self.disk, self.kind = disk, kind
        super().__init__("under test", disk.base)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return self.kind(self.disk, name, flags)


@contextlib.contextmanager
def failing_disk() -> Iterator[Disk]:
    """Where every file that is opened meanwhile lies on a disk that can be told to fail."""
    with _on_disk(_Failing) as disk:
        yield disk


@contextlib.contextmanager
def forgetful_disk() -> Iterator[Disk]:
    """Where every file that is opened meanwhile lies on a disk that can lose its power."""
    with _on_disk(_Forgetful) as disk:
        yield disk


@contextlib.contextmanager
def _on_disk(kind: type[_Failing | _Forgetful]) -> Iterator[Disk]:
    disk = Disk(apsw.vfs_names()[0])
    files = _Files(disk, kind)
    apsw.set_default_vfs("under test")
    try:
        yield disk
    finally:
        apsw.set_default_vfs(disk.base)
        files.unregister()


def _write(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data
