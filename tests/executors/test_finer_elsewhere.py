"""A check that begins anew in double precision is the same to the byte elsewhere, and goes on from a journal."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Processes, check, using
from gradproof.probing.remarks import FINER
from gradproof.reports.record import canonical
from tests.probing.test_finer import network


def test_with_processes():
    pytest.importorskip("loky")
    pytest.importorskip("cloudpickle")
    alone = check(*network(0))
    with using(Processes(2)):
        there = check(*network(0))
    assert FINER in alone.record.notes
    assert canonical(there.record) == canonical(alone.record)
    assert there.record.run["sent"] > 0


@pytest.mark.parametrize("last", [3, 20, 45])
def test_with_a_journal_after_an_interruption(last, tmp_path):
    loss, gradient, params = network(0)
    calls = []

    def stopping(p):
        calls.append(p["W0"].dtype)
        if len(calls) == last:
            raise KeyboardInterrupt
        return loss(p)

    with pytest.raises(KeyboardInterrupt), using(journal=tmp_path / "j"):
        check(stopping, gradient, params)
    paid = len(calls)
    assert paid == last
    with using(journal=tmp_path / "j"):
        again = check(stopping, gradient, params)
    whole = check(loss, gradient, params)
    assert canonical(again.record) == canonical(whole.record)
    # Twice at the point in each precision, to know it again, and the one that was under way.
    assert len(calls) - paid <= whole.evaluations - last + 5
    assert {np.dtype(np.float32), np.dtype(np.float64)} == set(calls)
