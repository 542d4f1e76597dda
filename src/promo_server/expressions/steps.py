"""How much an evaluation may do.

Each part of a rule that is evaluated takes one step; what is made or walked through takes one for each element, or
for each 16 characters. So neither time nor memory grows beyond the steps, whatever a rule says.
"""

from promo_server.expressions.errors import RuleLimitError

MAX_STEPS = 20_000
"""A percentage of a line takes seven; a search in a thousand lines some 8,000."""
MAX_TEXT = 10_000
"""No text that a rule makes is longer, in characters."""
MAX_LEVELS = 64
"""No list that a rule compares, sums up or writes out holds lists more levels deep."""


class Steps:
    """The steps that are left to an evaluation.

    >>> steps = Steps(3)
    >>> steps.take(2)
    >>> steps.taken
    2
    >>> steps.take(2)
    Traceback (most recent call last):
    promo_server.expressions.errors.RuleLimitError: takes more than 3 steps
    """

    __slots__ = ("limit", "taken")

    def __init__(self, limit: int = MAX_STEPS) -> None:
        self.limit = limit
        self.taken = 0

    def take(self, count: int = 1) -> None:
        """Take so many steps.

        Raises:
            RuleLimitError: fewer are left.
        """
        self.taken += count
        if self.taken > self.limit:
            raise RuleLimitError(f"takes more than {self.limit} steps")

    def take_text(self, text: str) -> str:
        """Take the steps for a text that was made, and return it.

        Raises:
            RuleLimitError: it is longer than a text may be, or too few steps are left.
        """
        if len(text) > MAX_TEXT:
            raise RuleLimitError(f"makes a text of more than {MAX_TEXT} characters")
        self.take(len(text) // 16)
        return text

    def descend(self, level: int) -> None:
        """Take a step into a list or map that lies so many levels deep.

        Raises:
            RuleLimitError: that is too deep, or no step is left.
        """
        if level > MAX_LEVELS:
            raise RuleLimitError(f"walks through more than {MAX_LEVELS} levels of lists")
        self.take()
