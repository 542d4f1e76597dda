"""What the names in a rule stand for."""

from collections.abc import Mapping

from promo_server.expressions.steps import Steps
from promo_server.expressions.values import Value, lift


class Scope:
    """Names and what they stand for, one scope within another; and the steps that are left.

    >>> outer = Scope({"a": 1, "b": 2}, Steps())
    >>> inner = outer.within({"a": 3})
    >>> inner.look_up("a"), inner.look_up("b"), inner.look_up("c")
    (Decimal('3'), Decimal('2'), None)
    """

    __slots__ = ("names", "outer", "steps")

    def __init__(self, names: Mapping[str, object], steps: Steps, outer: "Scope | None" = None) -> None:
        self.names = names
        self.steps = steps
        self.outer = outer

    def within(self, names: Mapping[str, object]) -> "Scope":
        """Return a scope inside this one."""
        return Scope(names, self.steps, self)

    def look_up(self, name: str) -> Value:
        """Return what a name stands for; null where nothing does."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return lift(scope.names[name])
            scope = scope.outer
        return None
