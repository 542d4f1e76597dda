"""From the text of a rule to its parts.

Bounds: a rule has at most ``MAX_SOURCE`` characters and nests at most ``MAX_DEPTH`` parts. lark's LALR parser keeps a
stack of its own, so a text that nests deeper than Python can is refused like any other.
"""

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from promo_server.expressions import numbers
from promo_server.expressions.errors import RuleLimitError, RuleSyntaxError
from promo_server.expressions.nodes import (
    MAX_DEPTH,
    OPERATORS,
    Call,
    Choice,
    Constant,
    Infix,
    Lambda,
    ListOf,
    Logical,
    MapOf,
    Member,
    Method,
    Name,
    Node,
    Path,
    Prefixed,
)

MAX_SOURCE = 4096

_KNOWN = {"true": True, "false": False, "null": None, "Inf": numbers.INFINITY}
_ESCAPED = re.compile(r"""\\(['"\\])""")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def read_rule(source: str) -> Node:
    """Return the parts of a rule.

    Raises:
        RuleSyntaxError: the text does not follow the grammar.
        RuleLimitError: it is too long, or nests too deep.
    """
    if len(source) > MAX_SOURCE:
        raise RuleLimitError(f"has {len(source)} characters; at most {MAX_SOURCE} are allowed")
    try:
        root = _parser().parse(source)
    except UnexpectedInput as error:
        raise _explain(error, source) from None
    assert isinstance(root, Node)
    return root


@cache
def _parser() -> Lark:
    """Make the parser when it is first needed: that takes some 30 ms."""
    grammar = files(__package__).joinpath("grammar.lark").read_text()
    return Lark(grammar, parser="lalr", transformer=_Builder())


def _nest(*parts: Node) -> int:
    """Return the depth of a node that is made of these."""
    depth = 1 + max((part.depth for part in parts), default=0)
    if depth > MAX_DEPTH:
        raise RuleLimitError(f"nests more than {MAX_DEPTH} parts")
    return depth


def _unquote(token: Token) -> str:
    return _ESCAPED.sub(r"\1", token[1:-1])


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes nodes of what the parser has found, from the inside out."""

    def start(self, root: Node) -> Node:
        return root

    def number(self, token: Token) -> Node:
        return Constant(1, numbers.number_of(str(token)))

    def text(self, token: Token) -> Node:
        return Constant(1, _unquote(token))

    def name(self, token: Token) -> Node:
        return Constant(1, _KNOWN[token]) if token in _KNOWN else Name(1, str(token))

    def choice(self, condition: Node, chosen: Node, otherwise: Node) -> Node:
        """Make a chain of choices one node: its length is no depth."""
        if isinstance(otherwise, Choice):
            depth = max(_nest(condition, chosen), otherwise.depth)
            return Choice(depth, ((condition, chosen), *otherwise.branches), otherwise.otherwise)
        return Choice(_nest(condition, chosen, otherwise), ((condition, chosen),), otherwise)

    def or_(self, *operands: Node) -> Node:
        return Logical(_nest(*operands), True, operands)

    def and_(self, *operands: Node) -> Node:
        return Logical(_nest(*operands), False, operands)

    def infix(self, first: Node, *rest: Node | Token) -> Node:
        operands = [one for one in rest if isinstance(one, Node)]
        operators = [OPERATORS[one] for one in rest if isinstance(one, Token)]
        return Infix(_nest(first, *operands), first, tuple(zip(operators, operands, strict=True)))

    equality = comparison = sum = product = infix

    def prefixed(self, *parts: Node | Token) -> Node:
        *signs, operand = parts
        assert isinstance(operand, Node)
        return Prefixed(_nest(operand), tuple(map(str, signs)), operand)

    def path(self, first: Node, *trailers: Member | Method) -> Node:
        return Path(_nest(first, *(part for one in trailers for part in one.parts)), first, trailers)

    def member(self, name: Token) -> Member:
        return Member(Constant(1, str(name)))

    def index(self, key: Node) -> Member:
        return Member(key)

    def method(self, name: Token, arguments: tuple[Node, ...] = ()) -> Method:
        return Method(str(name), arguments)

    def call(self, name: Token, arguments: tuple[Node, ...] = ()) -> Node:
        return Call(_nest(*arguments), str(name), arguments)

    def arguments(self, *arguments: Node) -> tuple[Node, ...]:
        return arguments

    elements = arguments

    def entries(self, *entries: tuple[str, Node]) -> tuple[tuple[str, Node], ...]:
        return entries

    def entry(self, key: Token, value: Node) -> tuple[str, Node]:
        return _unquote(key) if key.type == "STRING" else str(key), value

    def lambda_(self, head: Token, body: Node) -> Node:
        return Lambda(_nest(body), tuple(_NAME.findall(head)), body)

    def list(self, elements: tuple[Node, ...] = ()) -> Node:
        return ListOf(_nest(*elements), elements)

    def map(self, entries: tuple[tuple[str, Node], ...] = ()) -> Node:
        return MapOf(_nest(*(value for _, value in entries)), entries)


def _explain(error: UnexpectedInput, source: str) -> RuleSyntaxError:
    """Say what is wrong, where, and what would be right."""
    place, found = len(source), ""
    expected: Collection[str] = ()
    if isinstance(error, UnexpectedToken):
        expected, found = error.accepts or error.expected, str(error.token)
        place = (error.token.start_pos or 0) if found else place  # the token of the end is empty, and stands anywhere
    elif isinstance(error, UnexpectedCharacters):
        place = int(getattr(error, "pos_in_stream", 0))
        found = source[place]
        expected = {"NUMBER", "NAME"} & error.allowed  # what closes something is not known so well
    row, column = source.count("\n", 0, place) + 1, place - source.rfind("\n", 0, place)
    if found in {"'", '"'}:
        return RuleSyntaxError(row, column, f"the text after {found} does not end with {found}")
    what = f"{found!r} is not expected here" if found else "the rule ends too early"
    return RuleSyntaxError(row, column, f"{what}; {_fitting(expected)} would be")


def _fitting(expected: Collection[str]) -> str:
    """Name what could stand where something else stands."""
    if "NUMBER" in expected:
        return "a value"
    if "NAME" in expected:
        return "a name"
    closing = [sign for name, sign in _CLOSING.items() if name in expected]
    return " or ".join(["an operator", *closing, *(["the end"] if "$END" in expected else [])])


_CLOSING = {"RPAR": "')'", "RSQB": "']'", "RBRACE": "'}'", "COMMA": "','", "COLON": "':'"}
