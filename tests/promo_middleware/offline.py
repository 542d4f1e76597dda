"""A shop's promotions without an API: rules that are there, and nobody to ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from promo_engine.testing import a_ruleset, installed_types, percent_off
from promo_middleware import ApiAway, CartMapping, Promotions, Timing
from tests.promo_middleware.test_delivery import Scripted


class Rules(Scripted):
    """Rules and nothing else."""

    def ruleset(self, revision: str | None) -> Any:
        return a_ruleset(percent_off(20)).document()


@contextmanager
def offline(directory: Path, **settings: Any) -> Iterator[Promotions]:
    """Make promotions of 20 % for ``GET /cart`` and ``POST /pay``, their rules loaded."""
    defaults: dict[str, Any] = {
        "carts": ["GET /cart"],
        "checkouts": ["POST /pay"],
        "mapping": CartMapping(order_total="total"),
        "directory": directory,
        "timing": Timing(refresh=3_600),  # once
        "types": installed_types(),
    }
    made = Promotions(Rules(error=ApiAway("gone")), **(defaults | settings))
    made.start()
    assert made.subscription.wait(60)
    yield made
    made.close()
