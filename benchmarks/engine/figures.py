"""A figure with its key for JSON and its name for people."""

from typing import NamedTuple


class Figure(NamedTuple):
    """One thing measured, in the unit that key and name give; without a unit it is a ratio."""

    key: str
    name: str
    value: float
