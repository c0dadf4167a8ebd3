"""What SQLite complains of, in words for a person; and which of it is the store's own trouble."""

from typing import Final

import apsw

from mock_amp.ports import StoreFailed, StoreRefused

_WORDS: Final = (
    (apsw.FullError, "the disk is full"),
    (apsw.ReadOnlyError, "the file can only be read"),
    (apsw.CorruptError, "the file is damaged"),
    (apsw.NotADBError, "the file is no database, or its beginning is damaged"),
    (apsw.BusyError, "another server has it"),
    (apsw.CantOpenError, "the file or one beside it cannot be opened"),
    (apsw.PermissionsError, "the file may not be used"),
    (apsw.NoMemError, "there is no memory left"),
    (apsw.NoLFSError, "the disk takes no files of this size"),
    (apsw.ProtocolError, "the file's locks do not work here"),
    (apsw.IOError, "the disk does not work"),
    (apsw.ConnectionClosedError, "the store is closed"),
)

_OWN: Final = tuple(kind for kind, _ in _WORDS)


def own_trouble(error: BaseException) -> bool:
    """Whether the store itself could not go on, whatever the work was."""
    return isinstance(error, _OWN)


def failure(error: apsw.Error) -> StoreFailed:
    """What the store says of it to those who use it."""
    return (StoreFailed if own_trouble(error) else StoreRefused)(in_words(error))


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is bad, which no waiting mends."""
    return isinstance(error, apsw.CorruptError | apsw.NotADBError)


def in_words(error: apsw.Error) -> str:
    """One line: what it means, and what SQLite said."""
    said = " ".join(str(error).split())
    meant = next((words for kind, words in _WORDS if isinstance(error, kind)), None)
    return f"{meant} ({said})" if meant and said else meant or said or type(error).__name__
