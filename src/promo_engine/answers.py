"""What plugins answer besides what is off, checked: what they read, phases, names, whether a condition is met.

Errors: ``ProposalError``.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

from promo_engine.condition import CartView, Condition
from promo_engine.documents import DocumentError
from promo_engine.guard import ProposalError, check_ratio, plain, said
from promo_engine.promotion_type import Phase, PromotionType
from promo_engine.reason import Reason
from promo_engine.rules import Rules, RulesPart
from promo_engine.view import Flat

MAX_SELECTORS = 1_000_000

T = TypeVar("T", bound=RulesPart)


def read(ask: Callable[..., T], base: type[T], document: object, *currencies: object) -> T:
    """Ask a type to read rules, or a condition to read parameters; ``ask`` is their method, ``base`` what to get.

    Raises:
        DocumentError: the document is wrong.
        ProposalError: the plugin raised something else, or read something else.
    """
    try:
        found: object = ask(document, *currencies)
    except DocumentError:
        raise
    except Exception as error:  # a plugin may raise anything; the checkout goes on
        raise ProposalError(said(error)) from error
    if not isinstance(found, base):
        raise ProposalError(f"read {type(found).__name__}, not {base.__name__}")
    return found


def placed(promotion_type: PromotionType[Any], rules: Rules) -> tuple[Phase, frozenset[str]]:
    """Ask a type when these rules are applied, and to what.

    Raises:
        ProposalError: the type raised, or gave something else than a phase and names.
    """
    try:
        phase, names = promotion_type.phase(rules), promotion_type.selectors(rules)
        selectors = frozenset(() if isinstance(names, str) else islice(names, MAX_SELECTORS))
    except Exception as error:  # as above
        raise ProposalError(said(error)) from error
    if not isinstance(phase, Phase):
        raise ProposalError(f"said {type(phase).__name__}, not Phase")
    if isinstance(names, str) or not all(isinstance(name, str) for name in selectors):
        raise ProposalError("selectors must be a collection of strings")
    return phase, selectors


def flat(promotion_type: PromotionType[Any], rules: Rules) -> Flat | None:
    """Ask a type what is the same off for every cart.

    Raises:
        ProposalError: the type raised, or gave something else than a lawful amount, or part, or nothing.
    """
    try:
        found: object = promotion_type.flat(rules)
    except Exception as error:  # as above
        raise ProposalError(said(error)) from error
    if found is None:
        return None
    if type(found) is not Flat:
        raise ProposalError(f"said {type(found).__name__}, not Flat")
    check_ratio(found.numerator, found.denominator)
    if type(found.is_part) is not bool:
        raise ProposalError("is_part must be true or false")
    if found.is_part and found.numerator > found.denominator:
        raise ProposalError("a part must not be more than the whole price")
    return found


def against(condition: Condition[Any], name: str, view: CartView[Any]) -> Reason | None:
    """Ask a condition whether a cart meets it; return the reason why not.

    Raises:
        ProposalError: the condition raised, or answered something else than true or false.
    """
    try:
        is_met: object = condition.is_met(view)
        if is_met is True:
            return None
        if is_met is False:
            return Reason("condition", plain(condition.explain(view)) | {"condition": name})
    except ProposalError:
        raise
    except Exception as error:  # as above
        raise ProposalError(said(error)) from error
    raise ProposalError(f"answered {type(is_met).__name__}, not true or false")
