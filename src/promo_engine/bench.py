"""Plugins that keep failing: after so many evaluations in a row they are not asked any more, and it is said once.

Source: docs/decisions/0012.
"""

import logging
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from promo_engine.promotion_type import PromotionType
from promo_engine.registry import conditions_of, origin_of

logger = logging.getLogger(__name__)

MOST_FAILURES = 10
"""So many evaluations in a row may a type or condition fail in; an answer in between starts the count anew."""

_BENCHED = (
    "%s %s of %s failed in %d evaluations in a row and is benched: it is not asked any more, and its promotions do not "
    "apply (plugin_failed). Its last error: %s. Repair or uninstall the plugin; it is asked again after a restart, and "
    "with the next ruleset that is read."
)
_lock = threading.Lock()


class Benched(NamedTuple):
    """What is not asked any more: a type, its explanation or a condition; where it came from, and its last error."""

    what: str
    name: str
    distribution: str
    error: str


class Standing:
    """How a type or condition does in one ruleset; ``is_benched`` says that it is not asked any more."""

    __slots__ = ("_about", "_error", "failures", "is_benched")

    def __init__(self, what: str, name: str, distribution: str) -> None:
        self._about = (what, name, distribution)
        self._error = ""
        self.failures = 0
        self.is_benched = False

    @property
    def benched(self) -> Benched:
        """What a health page shows of it."""
        return Benched(*self._about, self._error)

    def failed(self, promotion_id: str, error: Exception, noted: "set[Standing]") -> None:
        """Count a failure, once in an evaluation: ``noted`` are those that failed in it before."""
        if self in noted:
            return
        noted.add(self)
        what, name, _ = self._about
        logger.error("promotion %s: %s %s failed: %s", promotion_id, what, name, error)
        with _lock:
            self.failures += 1
            self._error = str(error)
            if self.failures >= MOST_FAILURES and not self.is_benched:
                self.is_benched = True
                logger.error(_BENCHED, what, name, self._about[2] or "an unknown distribution", self.failures, error)


class TypeStanding(Standing):
    """How a type does with what it proposes, and, ``explaining``, with what it explains."""

    __slots__ = ("explaining",)

    def __init__(self, name: str, distribution: str) -> None:
        super().__init__("type", name, distribution)
        self.explaining = Standing("explanation of type", name, distribution)


class Bench:
    """The standings of all types and conditions of one ruleset."""

    def __init__(self, types: Mapping[str, PromotionType[Any]]) -> None:
        """Take the types of the ruleset, with the conditions that came with them."""
        self._supplied = types
        self._types: dict[str, TypeStanding] = {}
        self._conditions: dict[str, Standing] = {}

    def of_type(self, name: str) -> TypeStanding:
        """Return the standing of a type, the same each time."""
        standing = self._types.get(name)
        if standing is None:
            standing = self._types.setdefault(name, TypeStanding(name, origin_of(self._supplied, name)))
        return standing

    def of_condition(self, name: str) -> Standing:
        """Return the standing of a condition, the same each time."""
        origin = origin_of(conditions_of(self._supplied), name)
        return self._conditions.setdefault(name, Standing("condition", name, origin))

    def benched(self) -> tuple[Benched, ...]:
        """Return what is not asked any more, in order."""
        types = self._types.values()
        every = (*types, *(one.explaining for one in types), *self._conditions.values())
        return tuple(sorted(one.benched for one in every if one.is_benched))
