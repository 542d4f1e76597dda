"""Discovery: an immutable registry, or a loud error that names the distribution."""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import Any

import pytest

import promo_engine.plugins
from promo_engine import (
    BrokenPluginError,
    DocumentError,
    DuplicateTypeError,
    NoPromotionTypesError,
    Off,
    PromotionType,
    PromotionTypes,
    Rules,
    View,
    discover,
    hookimpl,
)
from promo_engine.plugins import register

TYPES = [
    "bundle_deal",
    "buy_x_get_y",
    "fixed_amount_discount",
    "free_shipping",
    "loyalty_bonus",
    "percentage_discount",
]


class Free(PromotionType[Rules]):
    name, title, version = "free", "Free", "1.0"
    rules_model = Rules

    def propose(self, view: View[Rules]) -> Iterable[Off]:
        return []


class Plugin:
    def __init__(self, *types: Any) -> None:
        self.types = types

    @hookimpl
    def promo_register_promotion_types(self, register: Callable[[Any], None]) -> None:
        for one in self.types:
            register(one)


def test_the_installed_types_are_found_with_their_distribution() -> None:
    found = {one.supplied.name: one.distribution for one in discover().registered()}
    assert found == dict.fromkeys(TYPES, "fairtill")


def test_a_type_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(DocumentError, match=rf"no plugin supplies 'bogo'; .* {', '.join(TYPES)}"):
        discover().named("bogo")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("percentage", "percentage_discount"),
        ("fixed_amount_discout", "fixed_amount_discount"),
        ("percent", "percentage_discount"),
        ("loyalty", "loyalty_bonus"),
    ],
)
def test_a_type_that_is_nearly_one_is_told_with_it(written: str, meant: str) -> None:
    with pytest.raises(DocumentError, match=f"loyalty_bonus, percentage_discount; did you mean '{meant}'\\?$"):
        discover().named(written)


def test_an_empty_registry_is_an_error() -> None:
    with pytest.raises(NoPromotionTypesError, match=r"promo\.plugins"):
        PromotionTypes([])


def test_two_types_of_one_name_name_both_distributions() -> None:
    twice = [*register(Plugin(Free()), "shop-a"), *register(Plugin(Free()), "shop-b")]
    with pytest.raises(DuplicateTypeError, match="'free' is supplied by shop-a and by shop-b"):
        PromotionTypes(twice)


def changed(**attributes: Any) -> PromotionType[Rules]:
    kind: type[PromotionType[Rules]] = type("Changed", (Free,), attributes)
    return kind()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("text", "not an instance of PromotionType"),
        (changed(name=""), "Changed.name must be a string"),
        (changed(version=1), "Changed.version must be a string"),
        (changed(rules_model=dict), "rules_model must be a subclass of Rules"),
        (changed(api_version=2), "was made for interface 2, this engine has 1"),
    ],
)
def test_a_broken_type_says_what_is_wrong(wrong: Any, said: str) -> None:
    with pytest.raises(BrokenPluginError, match=f"shop-a.*{said}"):
        register(Plugin(wrong), "shop-a")


def test_a_plugin_that_raises_is_named() -> None:
    class Raising:
        @hookimpl
        def promo_register_promotion_types(self, register: Any) -> None:
            raise OSError("no disk")

    with pytest.raises(BrokenPluginError, match="shop-a: OSError: no disk"):
        register(Raising(), "shop-a")


def test_an_unknown_hook_is_an_error() -> None:
    class Misspelt:
        @hookimpl
        def promo_register_promotion_typs(self) -> None: ...

    with pytest.raises(BrokenPluginError, match="shop-a"):
        register(Misspelt(), "shop-a")


class Point(EntryPoint):
    def __init__(self, name: str, value: str, distribution: str) -> None:
        super().__init__(name, value, "promo.plugins")
        vars(self)["dist"] = SimpleNamespace(name=distribution, version="1.0")


def test_a_plugin_that_cannot_be_imported_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promo_engine.plugins, "entry_points", lambda group: [Point("x", "no_such_module", "shop-a")])
    with pytest.raises(BrokenPluginError, match="'x' of shop-a: ModuleNotFoundError"):
        discover()


def test_two_entry_points_of_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [Point("x", "promo_percent", "shop-b"), Point("x", "promo_percent", "shop-a")]
    monkeypatch.setattr(promo_engine.plugins, "entry_points", lambda group: twice)
    with pytest.raises(DuplicateTypeError, match="'x': shop-a and shop-b"):
        discover()
