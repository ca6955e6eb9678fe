"""The file of a journal, opened for this process alone."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

from gradproof.errors import JournalError

# What says that a file of SQLite is a journal ("grad" in ASCII), and how its tables are made.
OURS, FORMAT = 0x67726164, 4
TABLES = (
    "CREATE TABLE checks (number INTEGER PRIMARY KEY, described TEXT, mark TEXT)",
    "CREATE TABLE evaluations "
    "(check_number INTEGER, number INTEGER, label TEXT, value TEXT, mark TEXT, PRIMARY KEY (check_number, number))",
    "CREATE TABLE sweeps (check_number INTEGER, first INTEGER, asked INTEGER, data BLOB, mark TEXT, "
    "PRIMARY KEY (check_number, first))",
)
# Seconds that a journal in use is waited for: one that was killed may not be gone yet.
PATIENCE = 2.0
# Seconds between attempts. Two who begin at once can be in each other's way: both let go, for times that differ.
PAUSE = (0.02, 0.1)
# What SQLite raises for a file that is not as it was written; its messages quote the file, in whatever encoding.
SPOILED = (sqlite3.Error, UnicodeDecodeError)


def opened(path: Path) -> sqlite3.Connection:
    """Return a journal that no other process can use, made if it is not there.

    Raises
    ------
    JournalError
        If it cannot be opened, is used, or is none.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return _attempt(path)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise JournalError("The journal cannot be opened.", got=str(error), where=str(path),
                                   hint="is the folder there, and may it be written?") from error  # fmt: skip
            if time.monotonic() > end:
                raise JournalError("Another process uses the journal.", got=str(error), where=str(path),
                                   hint="wait for it, or use another file") from error  # fmt: skip
        except SPOILED as error:
            raise damaged(path, str(error)) from error
        time.sleep(random.SystemRandom().uniform(*PAUSE))


def damaged(path: Path, got: str) -> JournalError:
    """Return what says that a file is no journal, or not as it was written."""
    return JournalError("This is not a journal, or it is damaged.", got=got, where=str(path),
                        hint="move the file away and begin a new one")  # fmt: skip


def _attempt(path: Path) -> sqlite3.Connection:
    store = sqlite3.connect(path, isolation_level=None, timeout=0.0)
    try:
        # Spoiled text is seen by the digest of its row.
        store.text_factory = lambda raw: raw.decode("utf-8", "replace")
        store.execute("PRAGMA locking_mode = EXCLUSIVE")
        # Another program's file is refused before anything is written into it.
        fresh = _fresh(store, path)
        # Every statement is a transaction of its own. The write-ahead log of a killed process is read again; a cut one
        # as far as it is whole.
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = NORMAL")
        if fresh:
            _make(store)
    except BaseException:
        store.close()
        raise
    return store


def _fresh(store: sqlite3.Connection, path: Path) -> bool:
    """Return whether a file is empty; one that is not ours is refused."""
    (mark,) = store.execute("PRAGMA application_id").fetchone()
    (version,) = store.execute("PRAGMA user_version").fetchone()
    names = {name for (name,) in store.execute("SELECT name FROM sqlite_master")}
    if not names and not mark:
        return True
    if not mark and {"format", "checks", "evaluations"} <= names:
        # Once a table told the version.
        version = store.execute("SELECT version FROM format").fetchone()[0]
    elif mark != OURS:
        raise damaged(path, "a file of SQLite that another program has made")
    if version != FORMAT:
        raise JournalError("The journal has another format.", expected=str(FORMAT), got=str(version), where=str(path))
    return False


def _make(store: sqlite3.Connection) -> None:
    """Make the tables, all or none of them."""
    store.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        store.execute(table)
    store.execute(f"PRAGMA application_id = {OURS}")
    store.execute(f"PRAGMA user_version = {FORMAT}")
    store.execute("COMMIT")
