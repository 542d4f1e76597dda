"""Who is told of each finished evaluation: functions that plugins register. They change nothing, and stop nothing."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeAlias

from promo_engine.evaluation import Evaluation
from promo_engine.guard import said

logger = logging.getLogger(__name__)

Observer: TypeAlias = Callable[[Evaluation], object]
"""What is called with a copy of each evaluation; what it returns means nothing."""


def tell(observers: Iterable[tuple[Observer, str]], evaluation: Evaluation) -> None:
    """Give each observer a copy of an evaluation; one that raises is named in the log, with its distribution."""
    for observer, distribution in observers:
        try:
            observer(evaluation.copy())
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the checkout goes on
            name = getattr(observer, "__qualname__", type(observer).__name__)
            logger.error("observer %s of %s failed: %s", name, distribution, said(error))  # noqa: TRY400
