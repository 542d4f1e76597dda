"""What plugins answer besides what is off: rules, phases and names, each checked. Errors: ``ProposalError``."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from promo_engine.documents import DocumentError
from promo_engine.guard import ProposalError, said
from promo_engine.money import Currency
from promo_engine.promotion_type import Phase, PromotionType
from promo_engine.rules import Rules

MAX_SELECTORS = 1_000_000


def read(
    promotion_type: PromotionType[Any], document: object, currency: Currency | None, private: Mapping[str, Currency]
) -> Rules:
    """Ask a type to read rules; see ``PromotionType.read_rules``.

    Raises:
        DocumentError: the rules are wrong.
        ProposalError: the type raised something else, or read something else than rules.
    """
    try:
        rules: object = promotion_type.read_rules(document, currency, private)
    except DocumentError:
        raise
    except Exception as error:  # a plugin may raise anything; the checkout goes on
        raise ProposalError(said(error)) from error
    if not isinstance(rules, Rules):
        raise ProposalError(f"read {type(rules).__name__}, not Rules")
    return rules


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
