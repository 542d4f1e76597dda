"""A rule: its text, and what it gives for an order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from promo_server.expressions import values
from promo_server.expressions.errors import RuleLimitError
from promo_server.expressions.nodes import Node
from promo_server.expressions.scope import Scope
from promo_server.expressions.steps import Steps
from promo_server.expressions.syntax import read_rule
from promo_server.expressions.values import Value


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read. Two rules of the same text are equal."""

    source: str
    root: Node = field(repr=False, compare=False)

    def evaluate(self, names: Mapping[str, object], steps: Steps | None = None) -> Value:
        """Return what the rule gives where these names stand for these values of plain JSON.

        Numbers are decimals, lists are lists or tuples, maps are mappings; names that are not there are null.

        Raises:
            RuleLimitError: it takes more than the steps that it has, or makes too long a text or too deep a list.

        >>> parse_rule("lines.map(line => line.price * 0.5)").evaluate({"lines": [{"price": 25}, {"price": 4}]})
        [Decimal('12.5'), Decimal('2.0')]
        """
        try:
            return self.root.value(Scope(names, steps or Steps()))
        except RecursionError:  # the caller left little of Python's stack
            raise RuleLimitError("nests too deep to be evaluated here") from None

    def number(self, names: Mapping[str, object], steps: Steps | None = None) -> Decimal:
        """Return what the rule gives as a number: maybe Infinity or NaN; null, lists and other texts are 0.

        Raises:
            RuleLimitError: as ``evaluate``.

        >>> parse_rule("currentLineItem.lineTotal.subtotal * 0.2").number(
        ...     {"currentLineItem": {"lineTotal": {"subtotal": 1999}}}
        ... )
        Decimal('399.8')
        """
        return values.number(self.evaluate(names, steps))

    def boolean(self, names: Mapping[str, object], steps: Steps | None = None) -> bool:
        """Return what the rule gives as a boolean: null, 0, NaN and the empty text are false.

        Raises:
            RuleLimitError: as ``evaluate``.

        >>> parse_rule("tags.some(tag => tag == 'shoes')").boolean({"tags": ["socks", "shoes"]})
        True
        """
        return values.truth(self.evaluate(names, steps))


@lru_cache(maxsize=256)
def parse_rule(source: str) -> Rule:
    """Read a rule. The same text is read once, for many value stores have the rule of their program.

    Raises:
        RuleSyntaxError: the text does not follow the grammar.
        RuleLimitError: it is too long, or nests too deep.

    >>> parse_rule("1 = 1")
    Traceback (most recent call last):
    promo_server.expressions.errors.RuleSyntaxError: row 1, column 3: '=' is not expected here; an operator would be
    """
    return Rule(source, read_rule(source))
