"""The laws of pricing as a test suite that the author of a promotion type inherits."""

from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar

from promo_engine.cart import Cart
from promo_engine.documents import canonical_json
from promo_engine.evaluation import Evaluation
from promo_engine.pricing import evaluate
from promo_engine.promotion import Promotion
from promo_engine.promotion_type import PromotionType
from promo_engine.registry import PromotionTypes, Registered
from promo_engine.rules import Rules, write_rules
from promo_engine.ruleset import Ruleset
from promo_engine.testing import laws
from promo_engine.testing.builders import a_ruleset, installed_types


class PromotionTypeContract:
    """Tests that any promotion type passes: the laws of PRICING.md, on random carts and mixes of its promotions.

    A subclass says which type and which rules; ``rules`` are documents in minor units, or a hypothesis strategy that
    makes them. Rules that fit the carts of ``promo_engine.testing.strategies`` (SKUs ``A`` to ``D``, categories ``x``
    to ``z``, prices up to 200.00) show the most. Needs pytest and hypothesis::

        class TestOneFree(PromotionTypeContract):
            promotion_type = OneFree()
            rules = ({}, {"applicable_items": ["A"]})
    """

    promotion_type: ClassVar[PromotionType[Any]]
    rules: ClassVar[Any]
    examples: ClassVar[int] = 50
    """How many carts each law is tried on."""

    def test_it_can_be_registered(self) -> None:
        """Its names, rules model and interface version are as they must be, and its rules have a schema."""
        assert list(PromotionTypes([Registered(self.promotion_type, "(tests)", "")])) == [self.promotion_type.name]
        assert self.promotion_type.rules_schema()["type"] == "object"

    def test_rules_are_written_and_read_back(self) -> None:
        """The ruleset document holds its rules exactly."""

        def check(_cart: Cart, promotions: list[Promotion]) -> None:
            for one in promotions:
                assert isinstance(one.rules, Rules)
                document = write_rules(one.rules)
                assert canonical_json(document)
                assert self._types[one.type].read_rules(document) == one.rules

        self._try(check)

    def test_1_conservation(self) -> None:
        """What is off each line, unit and shipping entry is what is off in total."""
        self._try(lambda cart, promotions: laws.check_conservation(self._priced(cart, promotions)))

    def test_2_bounds(self) -> None:
        """No price falls below zero, none is raised, caps hold."""
        self._try(
            lambda cart, promotions: laws.check_bounds(self._priced(cart, promotions), self._ruleset(*promotions))
        )

    def test_3_order(self) -> None:
        """The order of lines and promotions changes nothing."""
        self._try(lambda cart, promotions: laws.check_order(cart, promotions, promotions[::-1], self._types))

    def test_4_splitting(self) -> None:
        """A line of n equals n lines of 1, but for rules that speak of lines."""

        def check(cart: Cart, promotions: list[Promotion]) -> None:
            if not any(getattr(one.rules, "speaks_of_lines", False) for one in promotions):
                for place in range(len(cart.lines)):
                    laws.check_splitting(cart, self._ruleset(*promotions), place)

        self._try(check)

    def test_6_more_is_never_worse(self) -> None:
        """One more promotion of this type raises the total by no more than rounding."""
        self._try(lambda cart, promotions: laws.check_more_is_never_worse(cart, promotions, self._types))

    def test_7_same_in_same_out(self) -> None:
        """Two evaluations give the same bytes, and so do the documents of cart and ruleset."""
        self._try(lambda cart, promotions: laws.check_same_bytes(cart, promotions, self._types))

    def test_8_locality(self) -> None:
        """A promotion that matches nothing changes nothing."""
        self._try(lambda cart, promotions: laws.check_locality(cart, promotions, self._types))

    def test_what_is_flat_is_what_is_proposed(self) -> None:
        """Asked for each cart, the type takes the same."""
        self._try(lambda cart, promotions: laws.check_flat(cart, promotions, self._types))

    def test_9_the_guard_refuses_nothing(self) -> None:
        """No proposal and no explanation is refused."""
        self._try(lambda cart, promotions: laws.check_nothing_failed(self._priced(cart, promotions)))

    @property
    def _types(self) -> Mapping[str, PromotionType[Any]]:
        return MappingProxyType({**installed_types(), self.promotion_type.name: self.promotion_type})

    def _ruleset(self, *promotions: Promotion) -> Ruleset:
        return a_ruleset(*promotions, types=self._types)

    def _priced(self, cart: Cart, promotions: list[Promotion]) -> Evaluation:
        return evaluate(cart, self._ruleset(*promotions))

    def _try(self, law: Callable[[Cart, list[Promotion]], None]) -> None:
        """Try a law on random carts and promotions."""
        hypothesis, strategies = _hypothesis()
        promotions = strategies.mixes(self.promotion_type, self.rules)
        phases = (hypothesis.Phase.generate, hypothesis.Phase.shrink)  # no example is kept: all laws would share them
        many = hypothesis.settings(max_examples=self.examples, deadline=None, database=None, phases=phases)
        many(hypothesis.given(strategies.carts, promotions)(law))()


def _hypothesis() -> tuple[ModuleType, ModuleType]:
    """Import what only tests need.

    Raises:
        ImportError: hypothesis is not installed.
    """
    try:
        import hypothesis  # noqa: PLC0415 - shops have no use for it

        from promo_engine.testing import strategies  # noqa: PLC0415 - imports it
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ImportError("PromotionTypeContract needs hypothesis: pip install 'fairtill[testing]'") from error
    return hypothesis, strategies
