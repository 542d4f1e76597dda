"""Texts that may be rules: made by the grammar, cut up, soups of tokens, bombs, and noise."""

from collections.abc import Callable
from random import Random

from promo_server.expressions import functions, nodes

NAMES = [
    "currentLineItem",
    "lineItems",
    "totals",
    "metadata",
    "value",
    "x",
    "y",
    "lineTotal",
    "subtotal",
    "deep",
    "wide",
]
NAMES += ["long", "nan", "huge", "tags", "constructor", "__proto__", "$", "_", "Inf", "NaN", "null", "true", "false"]
FUNCTIONS = [*functions.FUNCTIONS, "nothing"]
OPERATORS = [*nodes.OPERATORS, "&&", "||"]
NUMBERS = [
    "0",
    "1",
    "2",
    "0.5",
    "7.25",
    "1e308",
    "1e-308",
    "1e9999999999",
    "9" * 40,
    "0.1",
    "123456789012345678901234567890.12345",
]
TEXTS = ["''", "'a'", '"b\\"c"', "'12'", "'1e999999999'", "'-0'", "'ß'", "'\\\\'", "'\U0001f600'", "' 3 '", "'é\n'"]
TOKENS = [
    *NAMES,
    *FUNCTIONS,
    *OPERATORS,
    *NUMBERS,
    *TEXTS,
    *"()[]{},.?:!",
    "=>",
    "x =>",
    "(x, y) =>",
    "=",
    "&",
    "|",
    " ",
]
NOISE = "".join(map(chr, [0, 9, 10, 11, 13, 32, 133, 160, 0x2028, 0x2029, 0xD800, 0xFEFF, 0x661, 0x1F600]))
NOISE += "abcxyz_$0123456789'\"\\()[]{},.;:?!<>=+-*/%&|^~@#`é"


def an_expression(random: Random, depth: int) -> str:
    """A text that the grammar admits; at most so deep."""
    if depth <= 0 or random.random() < 0.1:
        return random.choice([random.choice(NAMES), random.choice(NUMBERS), random.choice(TEXTS)])
    return random.choice(_FORMS)(random, depth - 1)


def _infix(random: Random, depth: int) -> str:
    count = random.choice([2, 2, 2, 3, 9])
    return f" {random.choice(OPERATORS)} ".join(an_expression(random, depth) for _ in range(count))


def _prefix(random: Random, depth: int) -> str:
    return "".join(random.choices("!-+", k=random.randint(1, 3))) + an_expression(random, depth)


def _choice(random: Random, depth: int) -> str:
    return " ".join(
        [an_expression(random, depth), "?", an_expression(random, depth), ":", an_expression(random, depth)]
    )


def _parenthesized(random: Random, depth: int) -> str:
    return f"({an_expression(random, depth)})"


def _list(random: Random, depth: int) -> str:
    return f"[{', '.join(an_expression(random, depth) for _ in range(random.randint(0, 4)))}]"


def _map(random: Random, depth: int) -> str:
    keys = [random.choice([random.choice(NAMES), random.choice(TEXTS)]) for _ in range(random.randint(0, 3))]
    return "{" + ", ".join(f"{key}: {an_expression(random, depth)}" for key in keys) + "}"


def _member(random: Random, depth: int) -> str:
    source = f"({an_expression(random, depth)})" if random.random() < 0.3 else random.choice(NAMES)
    for _ in range(random.randint(1, 4)):
        source += f".{random.choice(NAMES)}" if random.random() < 0.6 else f"[{an_expression(random, depth - 1)}]"
    return source


def _arguments(random: Random, depth: int) -> str:
    parts = [an_expression(random, depth) for _ in range(random.randint(0, 2))]
    if random.random() < 0.7:
        head = random.choice(["x =>", "(x) =>", "(x, y) =>", "(x, x, y, deep) =>", "null =>"])
        parts.insert(random.randint(0, min(1, len(parts))), f"{head} {an_expression(random, depth)}")
    return ", ".join(parts)


def _call(random: Random, depth: int) -> str:
    return f"{random.choice(FUNCTIONS)}({_arguments(random, depth)})"


def _method(random: Random, depth: int) -> str:
    source = random.choice([_list, _member, _parenthesized])(random, depth)
    return f"{source}.{random.choice(FUNCTIONS)}({_arguments(random, depth)})"


_FORMS = [_infix, _infix, _prefix, _choice, _parenthesized, _list, _map, _member, _call, _method, _method]


def cut(random: Random) -> str:
    """A rule of which parts are missing, doubled or in another place."""
    text = an_expression(random, random.randint(1, 5))
    for _ in range(random.randint(1, 4)):
        start, stop = sorted(random.randint(0, len(text)) for _ in range(2))
        piece = random.choice(["", text[start:stop] * 2, random.choice(TOKENS), random.choice(NOISE)])
        text = text[:start] + piece + text[stop:]
    return text


def soup(random: Random) -> str:
    """Tokens in any order."""
    return random.choice(["", " "]).join(random.choices(TOKENS, k=random.randint(1, 40)))


def noise(random: Random) -> str:
    """Characters in any order."""
    return "".join(random.choices(NOISE, k=random.randint(0, 80)))


_REPEATED = [
    "(",
    "[",
    "{a:",
    "!",
    "-",
    "f(",
    "x.map(x=>",
    "1?",
    "1?1:",
    "1+",
    "'a'+",
    "a.b.",
    "a[",
    "x=>",
    "(a,",
    "\\'",
    "1&&",
    " ",
]
_LOOPS = [
    "wide.reduce((a, x) => a + a, {0})",
    "wide.reduce((a, x) => [a, a], {0}) == wide.reduce((a, x) => [a, a], {0})",
    "sum(wide.reduce((a, x) => [a, a], {0}))",
    "'' + wide.reduce((a, x) => [a, a], {0})",
    "wide.reduce((a, x) => {{k: a}}, {0}) + ''",
    "wide.map(x => wide.map(y => {0}))",
    "wide.reduce((a, x) => a * a + 1e300, {0})",
    "wide.reduce((a, x) => a.toUpperCase() + a, {0})",
    "deep.flatten({0})",
    "wide.reduce((a, x) => a.flatten(1e308) + a, [{0}])",
    "max(wide.reduce((a, x) => [a], {0}), deep) % 3",
    "long + {0}",
]


def bomb(random: Random) -> str:
    """What grows: in depth, in length, or while it is evaluated."""
    if random.random() < 0.5:
        return random.choice(_LOOPS).format(an_expression(random, 1))
    piece, count = random.choice(_REPEATED), random.choice([10, 63, 64, 65, 300, 2000])
    closing = {"(": ")", "[": "]", "{a:": "}", "f(": ")", "x.map(x=>": ")", "a[": "]"}.get(piece, "")
    return piece * count + "1" + closing * (count - random.choice([0, 0, 1]))


KINDS: list[Callable[[Random], str]] = [
    lambda random: an_expression(random, random.randint(1, 5)),
    lambda random: an_expression(random, random.randint(1, 5)),
    lambda random: an_expression(random, random.randint(3, 6)),
    cut,
    cut,
    soup,
    noise,
    bomb,
]


def a_text(random: Random) -> str:
    """A text of any kind."""
    return random.choice(KINDS)(random)
