"""The survivors that no test needs to kill, each with the reason: ``survivors.toml``.

An entry names the function and the text before and after the change, so it outlives that lines move.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("survivors.toml")


class Change(NamedTuple):
    """A change of a function, as the text before and after it: ``left < 2 → left <= 2``."""

    function: str
    text: str


def accepted(text: str) -> dict[Change, str]:
    """Read the file: the reason of each change that may survive.

    Raises:
        ValueError: an entry has no reason, or no changes, or the file lists a change twice.
    """
    reasons: dict[Change, str] = {}
    for entry in tomllib.loads(text).get("accepted", []):
        function, reason, changes = entry.get("function"), entry.get("reason"), entry.get("changes")
        if not (function and reason and changes):
            raise ValueError(f"an entry needs a function, a reason and changes: {entry}")
        for one in changes:
            change = Change(function, one)
            if change in reasons:
                raise ValueError(f"listed twice: {function}: {one}")
            reasons[change] = reason
    return reasons
