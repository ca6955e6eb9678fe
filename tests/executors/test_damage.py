"""A journal that a power cut, a bad disk or a bad copy has spoiled: the same report, or a refusal that says why."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections import Counter

import numpy as np
import pytest

from gradproof import Problem, Settings, check, using
from gradproof.errors import JournalError
from gradproof.executors.store import FORMAT
from gradproof.reports.record import canonical
from tests.executors.problems import PARAMS, WRONG, gradient, loss, wrong

# The evaluation at which the files are copied, as a kill would leave them; all together take 150 and more.
MIDDLE = 120
# A frame of the log: a page, and its header.
FRAME = 4096 + 24
SETTINGS = Settings(probes=12)


def run(path, objective=loss, claim=wrong):
    with using(journal=path):
        return check(Problem(objective, claim, PARAMS), settings=SETTINGS)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a journal and its log in the middle of a run, and the journal of the whole run, all as bytes."""
    folder = tmp_path_factory.mktemp("whole")
    calls, copied = [], []

    def objective(p):
        calls.append(1)
        if len(calls) == MIDDLE and not copied:
            copied.extend((folder / name).read_bytes() for name in ("j", "j-wal"))
        return loss(p)

    # Of the same code as what goes on from it, though that never copies.
    run(folder / "j", objective)
    assert len(calls) > MIDDLE
    return *copied, (folder / "j").read_bytes(), objective


@pytest.fixture(scope="module")
def whole():
    return canonical(check(WRONG, settings=SETTINGS).record)


@pytest.fixture
def goes_on(files, whole, tmp_path):
    """Return what runs again with a spoiled journal, twice, and tells what became of it."""
    told = Counter()

    def attempt(name, journal, log=None):
        folder = tmp_path / "spoiled"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for ending, content in (("j", journal), ("j-wal", log)):
            if content is not None:
                (folder / ending).write_bytes(content)
        for again in ("", " again"):
            try:
                report = run(folder / "j", files[3])
            except JournalError:
                told["refused" + again] += 1
                return
            assert canonical(report.record) == whole, name + again
            told["went on" + again] += 1
            told["remembered" + again] += report.record.run["remembered"]
            told["damaged" + again] += report.record.run.get("damaged", 0)

    attempt.told = told
    return attempt


def cuts(length, step, offsets):
    places = [*range(0, length, step), length]
    return sorted({at + off for at in places for off in offsets if 0 <= at + off <= length})


def test_a_log_that_was_cut(files, goes_on):
    """At the edge of each frame, in its header, and a byte off; what is whole of it is remembered."""
    journal, log, *_ = files
    found = []
    # Of many frames, each page written again and again: every ninth.
    for cut in cuts(len(log), 9 * FRAME, (-1, 0, 1, 24)):
        before = goes_on.told["remembered"]
        goes_on(f"log of {cut}", journal, log[:cut])
        found.append(goes_on.told["remembered"] - before)
    assert not goes_on.told["refused"]
    # The longer the log, the more is known.
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] == MIDDLE - 3


def test_a_journal_that_was_cut(files, goes_on):
    *_, closed, _ = files
    for cut in cuts(len(closed), 512, (-1, 0, 1)):
        goes_on(f"journal of {cut}", closed[:cut])
    # Without its last page it is refused; with it, or without any, it is not.
    assert goes_on.told["refused"] > goes_on.told["went on"] > 2
    assert goes_on.told["went on again"] == goes_on.told["went on"]


def test_a_power_cut_while_the_log_is_copied_into_the_journal(files, goes_on, tmp_path):
    """Some pages are the new ones, one may be half written; the log is whole."""
    journal, log, *_ = files
    (tmp_path / "j").write_bytes(journal)
    (tmp_path / "j-wal").write_bytes(log)
    with contextlib.closing(sqlite3.connect(tmp_path / "j")) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copied = (tmp_path / "j").read_bytes()
    assert len(copied) > len(journal)
    for cut in range(0, len(copied) + 1, 2048):
        goes_on(f"copied to {cut}", copied[:cut] + journal[cut:], log)
    # All that had been written, each time; a second run knows all.
    assert goes_on.told["remembered"] == goes_on.told["went on"] * (MIDDLE - 3) > 0
    assert not goes_on.told["refused"]


def test_bytes_that_changed(files, goes_on):
    journal, log, closed, _ = files
    rng = np.random.default_rng(0)
    for _ in range(60):
        at, length = int(rng.integers(len(closed))), int(rng.choice([1, 4, 64, 512]))
        spoiled = bytearray(closed)
        spoiled[at : at + length] = rng.bytes(len(spoiled[at : at + length]))
        goes_on(f"{length} bytes at {at}", bytes(spoiled))
    for _ in range(20):
        at = int(rng.integers(len(log)))
        spoiled = bytearray(log)
        spoiled[at] ^= 1 << int(rng.integers(8))
        goes_on(f"a bit of the log at {at}", journal, bytes(spoiled))
    for _ in range(20):
        at = int(rng.integers(len(journal)))
        spoiled = bytearray(journal)
        spoiled[at] ^= 1 << int(rng.integers(8))
        goes_on(f"a bit of the journal at {at}", bytes(spoiled), log)
    assert goes_on.told["went on"] > 60
    assert goes_on.told["refused"] > 0
    assert goes_on.told["damaged"] > 0
    # What was damaged was written anew, where it could be.
    assert goes_on.told["damaged again"] < goes_on.told["damaged"]


def test_logs_that_are_missing_or_of_another_time(files, goes_on):
    journal, log, closed, _ = files
    for name, *content in (
        ("the log is missing", journal, None),
        ("the log alone", None, log),
        ("a journal of nothing", b"", log),
        ("a log that was left behind", closed, log),
        ("a log of nothing", closed, b""),
    ):
        goes_on(name, *content)
    assert goes_on.told["went on again"] == 5


def test_a_digit_that_changed_is_measured_again(tmp_path, whole):
    """Nothing that SQLite would see: the value reads as a number, and is another one."""
    path = tmp_path / "j"
    run(path)
    with contextlib.closing(sqlite3.connect(path)) as store:
        rows = store.execute("SELECT value FROM evaluations WHERE number BETWEEN 8 AND 40").fetchall()
    spoiled = path.read_bytes()
    changed = 0
    for (value,) in rows:
        # The last of thirteen hexadecimal digits is left: half of them, here.
        other = value[:6] + ("0" if value[6] != "0" else "1") + value[7:]
        changed += spoiled.count(value.encode())
        spoiled = spoiled.replace(value.encode(), other.encode())
    path.write_bytes(spoiled)
    report = run(path)
    assert canonical(report.record) == whole
    assert report.record.run["damaged"] == changed > 20
    assert "damaged" not in run(path).record.run


def test_the_log_of_another_problem_brings_nothing_in(tmp_path):
    """The file was replaced and its log was not."""
    calls = []

    def objective(p):
        calls.append(1)
        if len(calls) == 60:
            shutil.copy(tmp_path / "one-wal", tmp_path / "log")
        return loss(p)

    run(tmp_path / "one", objective)
    run(tmp_path / "j", loss, gradient)
    (tmp_path / "log").rename(tmp_path / "j-wal")
    with pytest.raises(JournalError, match="of another problem"):
        run(tmp_path / "j", loss, gradient)


def test_rows_of_another_check_are_not_taken(tmp_path):
    """Pages that were exchanged hold rows that are whole, and belong elsewhere."""
    twice = Problem(lambda p: 2.0 * loss(p), wrong, PARAMS)

    def both():
        with using(journal=tmp_path / "j"):
            return [check(problem) for problem in (WRONG, twice)]

    first = both()
    with contextlib.closing(sqlite3.connect(tmp_path / "j")) as store:
        store.execute("DELETE FROM evaluations WHERE check_number = 1 AND number >= 2")
        store.execute("UPDATE evaluations SET check_number = 1 WHERE number >= 2")
        store.commit()
    again = both()
    assert [canonical(report.record) for report in again] == [canonical(report.record) for report in first]
    assert again[1].record.run["damaged"] > 20


def test_a_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "theirs"
    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute("CREATE TABLE mine (text)")
        store.execute("INSERT INTO mine VALUES ('dear to me')")
        store.commit()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="not a journal") as caught:
        run(path)
    assert "another program" in caught.value.got
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_journal_of_an_older_format_is_refused(tmp_path):
    path = tmp_path / "j"
    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute("CREATE TABLE format (version INTEGER)")
        store.execute("INSERT INTO format VALUES (2)")
        store.execute("CREATE TABLE checks (number INTEGER PRIMARY KEY, described TEXT)")
        store.execute("CREATE TABLE evaluations (check_number INTEGER, number INTEGER, label TEXT, value TEXT)")
        store.commit()
    with pytest.raises(JournalError, match="another format") as caught:
        run(path)
    assert (caught.value.expected, caught.value.got) == (str(FORMAT), "2")


def test_one_of_a_newer_format_is_refused(tmp_path):
    run(tmp_path / "j")
    with contextlib.closing(sqlite3.connect(tmp_path / "j")) as store:
        store.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(JournalError, match="another format") as caught:
        run(tmp_path / "j")
    assert (caught.value.expected, caught.value.got) == (str(FORMAT), str(FORMAT + 1))


def test_one_of_another_python_is_refused_with_that_reason(tmp_path, monkeypatch):
    run(tmp_path / "j")
    monkeypatch.setattr("platform.python_version_tuple", lambda: ("3", "99", "0"))
    with pytest.raises(JournalError, match="its version of Python differs"):
        run(tmp_path / "j")
