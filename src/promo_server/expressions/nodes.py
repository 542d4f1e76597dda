"""The parts of a rule, and what each is worth.

A node is made once and evaluated many times. ``depth`` says how many nodes lie within each other: no rule nests deeper
than ``MAX_DEPTH``, so that evaluating one never runs out of Python's own stack.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from promo_server.expressions import numbers, values
from promo_server.expressions.functions import FUNCTIONS, Arguments, Closure
from promo_server.expressions.scope import Scope
from promo_server.expressions.values import Value

MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Node(ABC):
    """A part of a rule."""

    depth: int

    @abstractmethod
    def value(self, scope: Scope) -> Value:
        """Return what this part is worth where these names stand for these values."""


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A number, a text, true, false or null, as it is written."""

    constant: Decimal | str | bool | None

    def value(self, scope: Scope) -> Value:
        """Return it."""
        scope.steps.take()
        return self.constant


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name: the parameter of a lambda around it, else what the rule may speak of, else null."""

    name: str

    def value(self, scope: Scope) -> Value:
        """Look it up."""
        scope.steps.take()
        return scope.look_up(self.name)


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """A list of expressions."""

    elements: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """Evaluate each."""
        scope.steps.take()
        return [element.value(scope) for element in self.elements]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """A map of expressions; of equal keys the last one counts."""

    entries: tuple[tuple[str, Node], ...]

    def value(self, scope: Scope) -> Value:
        """Evaluate each."""
        scope.steps.take()
        return {key: entry.value(scope) for key, entry in self.entries}


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """``condition ? value : … : otherwise``."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node

    def value(self, scope: Scope) -> Value:
        """Evaluate the first branch whose condition is true, and no other."""
        scope.steps.take()
        for condition, chosen in self.branches:
            if values.truth(condition.value(scope)):
                return chosen.value(scope)
        return self.otherwise.value(scope)


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """``a || b || …`` or ``a && b && …``: the first that decides, as it is; the others are not evaluated."""

    decides: bool
    operands: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """Return the first operand that decides, or the last one."""
        found: Value = None
        for operand in self.operands:
            scope.steps.take()
            found = operand.value(scope)
            if values.truth(found) is self.decides:
                break
        return found


def _plus(left: Value, right: Value, scope: Scope) -> Value:
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        scope.steps.take(len(left) + len(right))
        return [*left, *right]
    if isinstance(left, str) or isinstance(right, str):
        return scope.steps.take_text(values.text(left, scope.steps) + values.text(right, scope.steps))
    return numbers.add(values.number(left), values.number(right))


def _is(*orders: int) -> "Operator":
    return lambda left, right, _scope: values.order(left, right) in orders


def _computes(compute: Callable[[Decimal, Decimal], Decimal]) -> "Operator":
    return lambda left, right, _scope: compute(values.number(left), values.number(right))


Operator: TypeAlias = Callable[[Value, Value, Scope], Value]

OPERATORS: Mapping[str, Operator] = {
    "==": lambda left, right, scope: values.equal(left, right, scope.steps),
    "!=": lambda left, right, scope: not values.equal(left, right, scope.steps),
    "<": _is(-1),
    "<=": _is(-1, 0),
    ">": _is(1),
    ">=": _is(0, 1),
    "+": _plus,
    "-": _computes(numbers.subtract),
    "*": _computes(numbers.multiply),
    "/": _computes(numbers.divide),
    "%": _computes(numbers.remainder),
}


@dataclass(frozen=True, slots=True)
class Infix(Node):
    """Operators of one rank, from left to right."""

    first: Node
    rest: tuple[tuple[Operator, Node], ...]

    def value(self, scope: Scope) -> Value:
        """Evaluate both sides of each operator."""
        found = self.first.value(scope)
        for operator, operand in self.rest:
            scope.steps.take()
            found = operator(found, operand.value(scope), scope)
        return found


@dataclass(frozen=True, slots=True)
class Prefixed(Node):
    """``!``, ``-`` and ``+`` before a value, the innermost last."""

    signs: tuple[str, ...]
    operand: Node

    def value(self, scope: Scope) -> Value:
        """Apply the signs, the innermost first."""
        found = self.operand.value(scope)
        for sign in reversed(self.signs):
            scope.steps.take()
            if sign == "!":
                found = not values.truth(found)
            else:
                found = values.number(found)
                found = found.copy_negate() if sign == "-" else found
        return found


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    """``x => body`` or ``(x, y) => body``: an argument of a function, and nothing anywhere else."""

    parameters: tuple[str, ...]
    body: Node

    def value(self, scope: Scope) -> Value:
        """Return null: a lambda is no value."""
        scope.steps.take()
        return None


def _call(name: str, first: tuple[Value, ...], arguments: tuple[Node, ...], scope: Scope) -> Value:
    function = FUNCTIONS.get(name)
    if function is None:
        return None
    return function(Arguments((*first, *(_argument(one, scope) for one in arguments)), scope.steps))


def _argument(node: Node, scope: Scope) -> Value | Closure:
    if isinstance(node, Lambda):
        return Closure(node.parameters, node.body.value, scope)
    return node.value(scope)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``name(arguments)``; a function that does not exist gives null."""

    name: str
    arguments: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """Evaluate the arguments, then call."""
        scope.steps.take()
        return _call(self.name, (), self.arguments, scope)


@dataclass(frozen=True, slots=True)
class Member:
    """``[key]`` or ``.key`` behind a value."""

    key: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes in it."""
        return (self.key,)

    def of(self, source: Value, scope: Scope) -> Value:
        """Return what the value holds there."""
        return values.member(source, self.key.value(scope), scope.steps)


@dataclass(frozen=True, slots=True)
class Method:
    """``.name(arguments)`` behind a value: a function, and the value its first argument."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes in it."""
        return self.arguments

    def of(self, source: Value, scope: Scope) -> Value:
        """Call it."""
        return _call(self.name, (source,), self.arguments, scope)


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A value and what is asked of it, one after the other."""

    first: Node
    trailers: tuple[Member | Method, ...]

    def value(self, scope: Scope) -> Value:
        """Go from trailer to trailer."""
        found = self.first.value(scope)
        for trailer in self.trailers:
            scope.steps.take()
            found = trailer.of(found, scope)
        return found
