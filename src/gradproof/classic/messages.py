"""What the editions say of a difference, and above which one: words, colours and thresholds as they have them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edition:
    """A threshold, and the words for a difference above it and for one that is not."""

    threshold: float
    wrong: str
    right: str

    def say(self, difference: float) -> str:
        """Return the message for a difference; a NaN is a mistake."""
        return (self.right if difference <= self.threshold else self.wrong).format(str(difference))


_COLOURED = (
    "\033[93mThere is a mistake in the backward propagation! difference = {}\033[0m",
    "\033[92mYour backward propagation works perfectly fine! difference = {}\033[0m",
)
# The newest edition; it speaks only if asked (print_msg), and its threshold accepts 1.19e-07.
NEWEST = Edition(2e-7, *_COLOURED)
# The first edition; it speaks always, and calls the right network a mistake.
FIRST = Edition(1e-7, *_COLOURED)
# Its reprint with the threshold raised.
REVISED = Edition(2e-7, *_COLOURED)
# The first edition's check in one dimension.
FIRST_IN_ONE_DIMENSION = Edition(1e-7, "The gradient is wrong!", "The gradient is correct!")
# The article on the cat network (its own spelling).
DEEP = Edition(
    10e-7,
    "\033[31mThere is a mistake in back-propagation implementation. The difference is: {}",
    "\033[32mThere implementation of back-propagation is fine! The difference is: {}",
)
