"""The functions of the rule language: of numbers, of texts, of lists and of maps.

Each takes any arguments, too few and wrong ones too, for a rule can hand it anything. What walks a list or makes one
takes a step for each element.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from promo_server.expressions import numbers, values
from promo_server.expressions.scope import Scope
from promo_server.expressions.steps import Steps
from promo_server.expressions.values import Value, lift


class Closure:
    """A lambda as an argument: its parameters, its body, and the scope that it stands in."""

    __slots__ = ("body", "parameters", "scope")

    def __init__(self, parameters: tuple[str, ...], body: Callable[[Scope], Value], scope: Scope) -> None:
        self.parameters = parameters
        self.body = body
        self.scope = scope

    def __call__(self, *arguments: Value) -> Value:
        """Evaluate the body; parameters without an argument are null."""
        given = (*arguments, *[None] * len(self.parameters))
        return self.body(self.scope.within(dict(zip(self.parameters, given, strict=False))))


class Arguments:
    """The arguments of a call, each taken for what the function needs."""

    __slots__ = ("given", "steps")

    def __init__(self, given: Sequence[Value | Closure], steps: Steps) -> None:
        self.given = given
        self.steps = steps

    def value(self, place: int) -> Value:
        """Return an argument; null where there is none, or a lambda."""
        found = self.given[place] if place < len(self.given) else None
        return None if isinstance(found, Closure) else found

    def number(self, place: int) -> Decimal:
        """Take an argument for a number."""
        return values.number(self.value(place))

    def text(self, place: int) -> str:
        """Take an argument for a text."""
        return values.text(self.value(place), self.steps)

    def elements(self) -> Iterator[Value]:
        """Yield what the first argument holds if it is a list."""
        found = self.value(0)
        if isinstance(found, list | tuple):
            for one in found:
                self.steps.take()
                yield lift(one)

    @property
    def closure(self) -> Closure | None:
        """The lambda, which stands second; none where the first argument is no list."""
        found = self.given[1] if len(self.given) > 1 else None
        return found if isinstance(found, Closure) and values.is_list(self.value(0)) else None

    def matches(self, *, backwards: bool = False) -> Iterator[tuple[int, Value]]:
        """Yield the elements for which the lambda is true, with their places."""
        closure = self.closure
        if closure is None:
            return
        places = enumerate(self.elements())
        for place, one in reversed(list(places)) if backwards else places:
            if values.truth(closure(one)):
                yield place, one

    def all_numbers(self) -> Iterator[Decimal]:
        """Yield all arguments, and all that lists among them hold, as numbers; one that is NaN is 0."""
        plain = [self.value(place) for place in range(len(self.given))]
        for one in _flat(plain, self.steps, numbers.INFINITY):
            found = values.number(one)
            yield numbers.ZERO if found.is_nan() else found


Function: TypeAlias = Callable[[Arguments], Value]


def _flat(items: Sequence[object], steps: Steps, depth: Decimal, level: int = 0) -> Iterator[Value]:
    """Yield what a list holds, and what lists in it hold, down to this depth."""
    for raw in items:
        steps.descend(level)
        one = lift(raw)
        if isinstance(one, list | tuple) and depth > level:
            yield from _flat(one, steps, depth, level + 1)
        else:
            yield one


def _of_number(compute: Callable[[Decimal], Decimal]) -> Function:
    return lambda arguments: compute(arguments.number(0))


def _largest(arguments: Arguments) -> Value:
    return max(arguments.all_numbers(), default=None)


def _smallest(arguments: Arguments) -> Value:
    return min(arguments.all_numbers(), default=None)


def _sum(arguments: Arguments) -> Value:
    total = numbers.ZERO
    for one in arguments.all_numbers():
        total = numbers.add(total, one)
    return total


def _is_nan(arguments: Arguments) -> Value:
    found = arguments.value(0)
    return isinstance(found, Decimal) and found.is_nan()


def _size(arguments: Arguments) -> Value:
    found = arguments.value(0)
    return numbers.number_of(len(found)) if isinstance(found, str | list | tuple) else numbers.ZERO


def _substring(arguments: Arguments) -> Value:
    whole = arguments.text(0)
    size = numbers.number_of(len(whole))
    ends = [arguments.number(1), arguments.number(2) if len(arguments.given) > 2 else size]
    start, stop = sorted(0 if end.is_nan() else int(min(max(numbers.ZERO, end), size)) for end in ends)
    return arguments.steps.take_text(whole[start:stop])


def _in_case(change: Callable[[str], str]) -> Function:
    def changed(arguments: Arguments) -> Value:
        whole = arguments.steps.take_text(arguments.text(0))
        return arguments.steps.take_text(change(whole))

    return changed


def _keys(arguments: Arguments) -> Value:
    found = arguments.value(0)
    if not isinstance(found, Mapping):
        return []
    arguments.steps.take(len(found))
    return list(found)


def _values(arguments: Arguments) -> Value:
    found = arguments.value(0)
    if not isinstance(found, Mapping):
        return []
    arguments.steps.take(len(found))
    return list(found.values())


def _flatten(arguments: Arguments) -> Value:
    if not arguments.given:
        return []
    found = arguments.value(0)
    if not isinstance(found, list | tuple):
        return [found]
    depth = arguments.number(1) if len(arguments.given) > 1 else numbers.ONE
    return list(_flat(found, arguments.steps, numbers.ZERO if depth.is_nan() else numbers.ceil(depth)))


def _every(arguments: Arguments) -> Value:
    closure = arguments.closure
    return closure is not None and all(values.truth(closure(one)) for one in arguments.elements())


def _some(arguments: Arguments) -> Value:
    return any(True for _ in arguments.matches())


def _filter(arguments: Arguments) -> Value:
    return [one for _, one in arguments.matches()]


def _find(arguments: Arguments, *, backwards: bool = False) -> Value:
    return next((one for _, one in arguments.matches(backwards=backwards)), None)


def _find_index(arguments: Arguments, *, backwards: bool = False) -> Value:
    return numbers.number_of(next((place for place, _ in arguments.matches(backwards=backwards)), -1))


def _map(arguments: Arguments) -> Value:
    closure = arguments.closure
    return [] if closure is None else [closure(one) for one in arguments.elements()]


def _reduce(arguments: Arguments) -> Value:
    closure = arguments.closure
    if closure is None:
        return None
    found = arguments.value(2)
    for place, one in enumerate(arguments.elements()):
        found = closure(found, one, numbers.number_of(place), arguments.value(0))
    return found


FUNCTIONS: Mapping[str, Function] = {
    "abs": _of_number(numbers.absolute),
    "ceil": _of_number(numbers.ceil),
    "every": _every,
    "filter": _filter,
    "find": _find,
    "findIndex": _find_index,
    "findLast": lambda arguments: _find(arguments, backwards=True),
    "findLastIndex": lambda arguments: _find_index(arguments, backwards=True),
    "flatten": _flatten,
    "floor": _of_number(numbers.floor),
    "isNaN": _is_nan,
    "isNull": lambda arguments: arguments.value(0) is None,
    "keys": _keys,
    "map": _map,
    "max": _largest,
    "min": _smallest,
    "reduce": _reduce,
    "round": _of_number(numbers.round_half_up),
    "roundBankers": _of_number(numbers.round_half_even),
    "size": _size,
    "some": _some,
    "substring": _substring,
    "sum": _sum,
    "toLowerCase": _in_case(str.lower),
    "toUpperCase": _in_case(str.upper),
    "values": _values,
}
"""By name, as a rule calls them."""
