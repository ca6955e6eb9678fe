"""Single wrong entries, told apart by hashing: sets are split at random until each holds one, which tells its index.

About 1.44 k splits for k entries, whatever the size of the leaf; each split measures one half, and the other is the
difference.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from gradproof.probe import Bucket
from gradproof.probing.aim import CLEARLY, WHOLE, Aim, Sums, digits_of, flat_of, whole_digit

# A set that still holds more than one entry after so many halvings holds entries that the bars cannot tell apart.
DEEPEST = 40
_WORD = (1 << 64) - 1


@dataclass(slots=True)
class _Node:
    """A set of entries. Digits after the first are measured when those before have shown no second entry."""

    bucket: Bucket
    sums: Sums
    measured: bool  # else it is a difference, and its bars are those of all that was subtracted


class Scatter:
    """The search for single entries; it can be resumed.

    Attributes
    ----------
    found
        Flat indices, not yet confirmed.
    complete
        Whether every set was followed to its end.
    """

    def __init__(self, aim: Aim, size: int) -> None:
        self._aim = aim
        self._digits = digits_of(size)
        self._size = size
        root = Bucket(0, 0, 0)
        self.root = aim.sums(self._digits[:1])
        self._queue = deque([_Node(root, self.root, measured=True)])
        self.found: list[int] = []
        self.splits = 0
        self.lost = 0

    @property
    def complete(self) -> bool:
        """Whether every set was followed to its end."""
        return not self._queue and not self.lost

    @property
    def apart(self) -> int:
        """How many sets look as if they held one entry only, as far as their digits are known."""
        return len(self.found) + sum(None not in self._read(node) for node in self._queue)

    def single(self) -> int | None:
        """Return the index of the only wrong entry, if there is only one; the search is then complete."""
        flat = self._single(self._queue[0])
        if flat is not None:
            self._queue.clear()
            self.found.append(flat)
        return flat

    def run(self, most_splits: int) -> None:
        """Go on until the sets are single entries or so many splits were made in all."""
        while self._queue and self.splits < most_splits:
            node = self._queue.popleft()
            if self._aim.is_zero(node.sums):
                continue
            flat = self._single(node)
            if flat is None and not node.measured:
                # The bars of a difference may be too wide to read a digit; its own are not.
                sums = self._measured(node.bucket) if self._wide(node) else node.sums
                node = _Node(node.bucket, sums, measured=True)
                if self._aim.is_zero(node.sums):
                    continue
                flat = self._single(node)
            if flat is not None:
                self.found.append(flat)
            elif node.bucket.bits >= DEEPEST:
                self.lost += 1
            else:
                self._split(node)

    def _single(self, node: _Node) -> int | None:
        """Return the index of a set's only wrong entry, or None if it has several."""
        values = self._read(node)
        while None not in values and len(values) < len(self._digits):
            digit = self._digits[len(values)]
            node.sums = node.sums.and_digit(self._aim.digit(digit, digit.base, bucket=node.bucket))
            values = self._read(node)
        if None in values:
            return None
        flat = flat_of([value for value in values if value is not None], self._digits)
        return flat if flat < self._size and value_of(flat, node.bucket) == node.bucket.value else None

    def _read(self, node: _Node) -> list[int | None]:
        """Return the digits that are known of the index of what may be a set's only wrong entry."""
        pairs = zip(node.sums.digits, self._digits, strict=False)
        return [whole_digit(node.sums.total, weighted, digit.base) for weighted, digit in pairs]

    def _measured(self, bucket: Bucket) -> Sums:
        return self._aim.sums(self._digits[:1], bucket=bucket)

    def _wide(self, node: _Node) -> bool:
        base = max(digit.base for digit in self._digits)
        return base * node.sums.total.error > CLEARLY * WHOLE * abs(node.sums.total.value)

    def _split(self, node: _Node) -> None:
        self.splits += 1
        bucket = node.bucket
        left, right = (Bucket(bucket.salt, bucket.bits + 1, 2 * bucket.value + bit) for bit in (0, 1))
        sums = self._measured(left)
        self._queue.append(_Node(left, sums, measured=True))
        self._queue.append(_Node(right, node.sums - sums, measured=False))


def value_of(flat: int, bucket: Bucket) -> int:
    """Return the first bits of the hash of a flat index (splitmix64), as many as a bucket has."""
    if not bucket.bits:
        return 0
    x = (flat + (bucket.salt + 1) * 0x9E3779B97F4A7C15) & _WORD
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _WORD
    return (x ^ (x >> 31)) >> (64 - bucket.bits)
