"""The ruleset kept fresh: polled by revision, the last good one on disk."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from promo_engine import DocumentError, PromotionTypes, Ruleset, read_ruleset
from promo_middleware.errors import ApiAway, ApiRefused
from promo_middleware.last_good import LastGood
from promo_middleware.port import Port

logger = logging.getLogger(__name__)


class Subscription:
    """The current ruleset; whoever refreshes it is one thread, whoever reads it any."""

    def __init__(
        self, port: Port, types: PromotionTypes, last_good: LastGood | None, clock: Callable[[], float]
    ) -> None:
        """Start with the last good ruleset on disk, if there is one; without ``last_good`` none is kept."""
        self._port = port
        self._types = types
        self._last_good = last_good
        self._clock = clock
        self._asked = threading.Event()
        self.is_away = False
        """Whether the API did not answer when it was asked last, for rules or for a hold."""
        self.ruleset: Ruleset | None = self._load()

    @property
    def is_ready(self) -> bool:
        """Whether there is a ruleset, or the API was asked for one in vain."""
        return self.ruleset is not None or self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until the API was asked once."""
        return self._asked.wait(seconds)

    def refresh(self) -> bool:
        """Ask the API once; return whether it answered. A ruleset that cannot be read leaves the last good one."""
        asked_at = self._clock()
        try:
            revision = None if self.ruleset is None else self.ruleset.revision
            document = self._port.ruleset(revision)
            if document is not None:
                self.ruleset = self._compile(document)
                self._keep(document, asked_at)
            self.is_away = False
        except (ApiAway, ApiRefused, DocumentError, KeyError, TypeError, ValueError) as error:
            self.is_away = self.is_away or isinstance(error, ApiAway)
            logger.warning("rules: the last good ones stay: %s: %s", type(error).__name__, error)
            return False
        finally:
            self._asked.set()
        return True

    def missed(self) -> None:
        """Note that a hold did not reach the API: it is away until it answers for the rules again."""
        self.is_away = True

    def _compile(self, document: Mapping[str, Any]) -> Ruleset:
        ruleset = read_ruleset(document, self._types)
        promotions = ruleset.promotions.values()
        missing = {one.type for one in promotions} - set(self._types)
        missing |= {name for one in promotions for name in one.eligibility.conditions} - set(self._types.conditions)
        if missing:
            logger.error("rules: no plugin here supplies %s: they never apply", ", ".join(sorted(missing)))
        return ruleset

    def _load(self) -> Ruleset | None:
        if self._last_good is None:
            return None
        try:
            document = self._last_good.load()
            return None if document is None else self._compile(document)
        except (DocumentError, KeyError, TypeError, ValueError) as error:
            logger.warning("rules: %s cannot be used: %s", self._last_good.name, error)
            return None

    def _keep(self, document: Mapping[str, Any], asked_at: float) -> None:
        """Keep rules for a start without the API; those that cannot be kept are good all the same."""
        if self._last_good is None:
            return
        try:
            self._last_good.keep(document, asked_at, self._clock())
        except OSError as error:
            logger.warning("rules: %s cannot be written: %s", self._last_good.name, error)
