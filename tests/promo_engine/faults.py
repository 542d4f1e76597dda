"""Promotion types that get it wrong, each in its own way; what they do is their name."""

import operator
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import count, repeat
from typing import Any

from promo_engine import Bound, Flat, Goods, Need, Off, Parcel, Phase, Points, PromotionType, Reason, Rules, View
from promo_engine.testing import some_goods

CHANCE = random.Random(7)


class Faulty(PromotionType[Any]):
    """Does as it is told: ``propose`` and the others are what the tests hand in."""

    title, version, rules_model = "Faulty", "1.0", Rules

    def __init__(self, name: str, **methods: Callable[..., Any]) -> None:
        self.name = name  # type: ignore[misc]
        for method, answer in methods.items():
            setattr(self, method, answer)

    def propose(self, view: View[Any]) -> Any:
        return []

    def explain(self, view: View[Any]) -> Reason | None:
        return None


class MuteError(Exception):
    def __str__(self) -> str:
        raise self


class Lying(int):
    """An amount that is never too large, and never what it seems."""

    def __le__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __rmul__(self, other: object) -> int:
        return -5


class LyingOff(Off):
    """Unpacks as something else than what its fields say."""

    def __iter__(self) -> Iterator[Any]:
        return iter((self.targets, 10**30, 1))


class LyingGoods(Goods):
    @property
    def price(self) -> int:
        return -700


class Same:
    """Is equal to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise error

    return fail


def recursing(*_: object) -> Any:
    return recursing()


def first(view: View[Any], **fields: Any) -> Goods:
    """The first goods of a view, forged."""
    return view.goods[0]._replace(**fields)


def off(amount: Any, denominator: Any = 1) -> Callable[[View[Any]], Any]:
    return lambda view: [Off(view.goods, amount, denominator)]


def targeting(targets: Callable[[View[Any]], Any], amount: Any = 100) -> Callable[[View[Any]], Any]:
    return lambda view: [Off(targets(view), amount)]


def changing(path: str, change: Callable[[Any], object]) -> Callable[[View[Any]], Any]:
    """Change something that can be reached from the view, then take 1."""

    def propose(view: View[Any]) -> Any:
        change(operator.attrgetter(path)(view) if path else view)
        yield Off(view.goods, 1)

    return propose


def patching(path: str, field: str, value: Any) -> Callable[[View[Any]], Any]:
    return changing(path, lambda found: object.__setattr__(found, field, value))


def at_random(view: View[Any]) -> Iterator[Any]:
    for one in view.goods:
        units = CHANCE.randint(0, one.quantity + 1)
        yield Off((one._replace(quantity=units),), CHANCE.randint(-1, 10**6), CHANCE.randint(0, 7))


def slowly(view: View[Any]) -> Iterator[Any]:
    for one in view.goods:
        sum(range(200_000))
        yield Off((one,), 1)


class Items(tuple[Goods, ...]):
    """Goods that cannot be walked through."""

    def __iter__(self) -> Iterator[Goods]:
        raise RuntimeError("not now")


REFUSED: dict[str, Callable[[View[Any]], Any]] = {
    "negative": off(-1),
    "a float": off(1.5),
    "not a number": off(float("nan")),
    "infinite": off(float("inf")),
    "a decimal": off(Decimal("1.5")),
    "a fraction": off(Fraction(1, 2)),
    "a boolean": off(True),
    "a string": off("5"),
    "nothing for an amount": off(None),
    "a denominator of zero": off(1, 0),
    "a negative denominator": off(1, -1),
    "a decimal denominator": off(1, Decimal(3)),
    "a numerator without end": off(10**10_000),
    "a denominator without end": off(1, 10**10_000),
    "no common denominator": lambda view: [Off((one,), 1, 2**4000 + 2 * one.place + 1) for one in view.goods],
    "a lying amount": off(Lying(5)),
    "a lying denominator": off(1, Lying(5)),
    "a lying discount": lambda view: [LyingOff(view.goods, 1)],
    "lying goods": targeting(lambda view: [LyingGoods(*view.goods[0])]),
    "a wrong place": targeting(lambda view: [first(view, place=99)]),
    "a negative place": targeting(lambda view: [first(view, place=-1)]),
    "forged goods": targeting(lambda view: [some_goods("SHIRT", 2000)]),
    "no units": targeting(lambda view: [first(view, quantity=0)]),
    "more units than there are": targeting(lambda view: [first(view, quantity=10**6)]),
    "half a unit": targeting(lambda view: [first(view, quantity=0.5)]),
    "lying units": targeting(lambda view: [first(view, quantity=Lying(1))]),
    "goods twice": lambda view: [Off(view.goods, 100), Off(view.goods, 100)],
    "units twice": targeting(lambda view: [view.goods[0], view.goods[0].part(1)]),
    "a forged parcel": targeting(lambda view: [Parcel(0, "post", 10**6)]),
    "a parcel twice": targeting(lambda view: view.parcels * 2),
    "something equal to all": targeting(lambda view: [Same()]),
    "a string for a target": targeting(lambda view: ["SHIRT"]),
    "no targets": targeting(lambda view: None),
    "a number for targets": targeting(lambda view: 5),
    "targets without end": targeting(lambda view: repeat(view.goods[0])),
    "targets that cannot be read": targeting(lambda view: Items(view.goods)),
    "points": lambda view: [Points(100)],
    "a dict": lambda view: {"SHIRT": 5},
    "a string of proposals": lambda view: "5.00 off",
    "a nested list": lambda view: [[Off(view.goods, 1)]],
    "a plain tuple": lambda view: ((view.goods, 1, 1),),
    "a list in a tuple": lambda view: ([view.goods, 1, 1],),
    "nothing": lambda view: None,
    "a number": lambda view: 5,
    "one discount, in no list": lambda view: Off(view.goods, 1),
    "proposals without end": lambda view: (Off((), 1) for _ in count()),
    "a tuple too long": lambda view: (Off((), 1),) * 20_000,
    "the class": lambda view: [Off],
    "a missing field": lambda view: [view.goods[0].weight],  # type: ignore[attr-defined]
    "a recursion": recursing,
    "a stop": raising(StopIteration()),
    "a failed assertion": raising(AssertionError("must not be")),
    "no memory": raising(MemoryError()),
    "an error without words": raising(MuteError()),
    "an error with too many": raising(ValueError("x" * 10**6)),
    "a changed view": changing("", lambda view: setattr(view, "goods", ())),
    "changed categories": changing("goods", lambda goods: goods[0].categories.append("x")),
    "changed facts": changing("customer.facts", lambda facts: facts.update(vip="yes")),
    "changed segments": changing("customer", lambda customer: customer.segments.append("vip")),
    "changed rules": changing("rules", lambda rules: setattr(rules, "max_discount_amount", None)),
    "a changed parcel": changing("parcels", lambda parcels: setattr(parcels[0], "price", -5)),
    "a patched view": patching("", "goods", ()),
    "patched goods": changing("goods", lambda goods: object.__setattr__(goods[0], "price", -5)),
    "a patched line": changing("goods", lambda goods: object.__setattr__(goods[0].line, "unit_price", 1)),
    "a patched customer": patching("customer", "segments", 5),
}
"""What a type proposes, and is refused for."""

CLAMPED: dict[str, Callable[[View[Any]], Any]] = {
    "too much": off(10**12),
    "a cent too much": lambda view: [Off(view.goods, sum(one.price for one in view.goods) + 1)],
    "a forged price": targeting(lambda view: [first(view, price=10**9, room=10**9)], 10**6),
    "a negative price": targeting(lambda view: [first(view, price=-(10**9), room=-5), *view.goods[1:]], 10**6),
    "a price that is none": targeting(lambda view: [first(view, price=Decimal("nan"), room="x")]),
    "targets that are read once": targeting(lambda view: (one for one in view.goods)),
    "a discount off nothing": lambda view: [Off((), 500)],
    "a change of attributes": changing("goods", lambda goods: goods[0].attributes.update(color="red")),
    "something slow": slowly,
    "anything": at_random,
}
"""What a type proposes, and gets as far as it is lawful; some of it is refused at times."""

FAULTS = {name: Faulty(name, propose=answer) for name, answer in (REFUSED | CLAMPED).items()}
FAULTS |= {
    f"{name} used up": Faulty(f"{name} used up", propose=answer, phase=lambda rules: Phase.BUY_X_GET_Y)
    for name, answer in CLAMPED.items()
}

ELSEWHERE: dict[str, dict[str, Callable[..., Any]]] = {
    "a phase that raises": {"phase": raising(RuntimeError("no"))},
    "a phase that is none": {"phase": lambda rules: None},
    "a phase that is a number": {"phase": lambda rules: 2},
    "a phase that is a boolean": {"phase": lambda rules: True},
    "an amount for a reward": {"phase": lambda rules: Phase.REWARD, "propose": off(5)},
    "points without end": {"phase": lambda rules: Phase.REWARD, "propose": lambda view: [Points(10**10_000)]},
    "too many points": {"phase": lambda rules: Phase.REWARD, "propose": lambda view: [Points(1)] * 20_000},
    "a flat discount that raises": {"flat": raising(MuteError())},
    "a flat discount that is none": {"flat": lambda rules: Off((), 5)},
    "a flat amount below zero": {"flat": lambda rules: Flat(-5)},
    "a flat amount without end": {"flat": lambda rules: Flat(10**10_000)},
    "a flat amount that is a float": {"flat": lambda rules: Flat(0.5)},  # type: ignore[arg-type]
    "a flat part of nothing": {"flat": lambda rules: Flat(1, 0, is_part=True)},
    "a flat part above the whole": {"flat": lambda rules: Flat(101, 100, is_part=True)},
    "a flat part that is neither true nor false": {"flat": lambda rules: Flat(5, 1, "yes")},  # type: ignore[arg-type]
    "selectors that raise": {"selectors": raising(KeyError("x"))},
    "selectors that are none": {"selectors": lambda rules: None},
    "selectors in one string": {"selectors": lambda rules: "SHIRT"},
    "selectors that are numbers": {"selectors": lambda rules: [1, 2]},
    "rules that raise": {"read_rules": raising(KeyError("x"))},
    "rules that are none": {"read_rules": lambda document, currency=None: object()},
}
FAULTS |= {name: Faulty(name, **methods) for name, methods in ELSEWHERE.items()}
FAULTS["another phase each time"] = Faulty(
    "another phase each time", phase=lambda rules: CHANCE.choice(list(Phase)), propose=off(1)
)

EXPLANATIONS: dict[str, Callable[[View[Any]], Any]] = {
    "an explanation that raises": raising(MuteError()),
    "an explanation that is none": lambda view: "no",
    "an unknown reason": lambda view: Reason("because"),
    "a reason without a name": lambda view: Reason(None),  # type: ignore[arg-type]
    "a reason that cannot be looked up": lambda view: Reason([]),  # type: ignore[arg-type]
    "no parameters": lambda view: Reason("segment", None),  # type: ignore[arg-type]
    "parameters that are no JSON": lambda view: Reason("segment", {"goods": view.goods, "of": object()}),
    "a parameter that is a float": lambda view: Reason("segment", {"share": 0.5}),
    "a parameter without end": lambda view: Reason("segment", {"many": 10**10_000}),
    "parameters that hold themselves": lambda view: Reason("segment", ring()),
    "a need of nothing": lambda view: Reason("quantity", needs=(Need.add(),)),
    "a need of less than nothing": lambda view: Reason("minimum_purchase", needs=(Need.spend(-5),)),
    "words for a need": lambda view: Reason("minimum_purchase", needs=("5.00 more",)),  # type: ignore[arg-type]
    "needs without end": lambda view: Reason("quantity", needs=repeat(Need.spend(5))),  # type: ignore[arg-type]
}
FAULTS |= {name: Faulty(name, explain=answer) for name, answer in EXPLANATIONS.items()}


BOUNDS: dict[str, Callable[[View[Any]], Any]] = {
    "raises": raising(MuteError()),
    "is none": lambda view: 5,
    "is too short": lambda view: Bound(0, ()),
    "is negative": lambda view: Bound(-(10**9), [-(10**9)] * len(view.goods)),
    "is too low": lambda view: Bound(0, [0] * len(view.goods)),
    "is not a number": lambda view: Bound(float("nan"), [float("nan")] * len(view.goods)),  # type: ignore[arg-type, list-item]
    "has no end": lambda view: Bound(10**10_000, count()),  # type: ignore[arg-type]
    "is another each time": lambda view: Bound(CHANCE.randint(-9, 9999), [CHANCE.randint(-9, 999) for _ in view.goods]),
}
"""What a type says that it takes at most, and is wrong about."""


def ring() -> dict[str, Any]:
    params: dict[str, Any] = {}
    params["again"] = params
    return params
