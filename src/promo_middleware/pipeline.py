"""From a shop's cart response to the re-priced one; sans-I/O, the same for every shell.

Numbers, key order and unknown keys stay as they stood. Whatever does not fit leaves the response as it is.
"""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import msgspec
import orjson

from promo_engine import Cart
from promo_middleware.errors import MappingError
from promo_middleware.pricing import Pricing
from promo_middleware.shopper import Shopper
from promo_middleware.till import Till

MAX_BODY = 1_048_576
EXACT_DIGITS = 18


class Number(Decimal):
    """A JSON number with the text that it was written in."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> "Number":
        """Parse the number and keep its text.

        Raises:
            ValueError: its exponent is beyond all that a decimal can have.
        """
        try:
            number = super().__new__(cls, text)
        except InvalidOperation:
            raise ValueError("a number is beyond counting") from None
        number.text = text
        return number


_DECODER = msgspec.json.Decoder(float_hook=Number)


def read_shop_json(body: bytes) -> Any:
    """Parse a shop's JSON, exactly.

    Raises:
        MappingError: it is not JSON, or has a key twice in one object.
    """
    try:
        document = _DECODER.decode(body)
        if write_shop_json(document) == body:  # so it has no key twice, and no number that would not come out again
            return document
    except (ValueError, TypeError, RecursionError):
        pass  # what is wrong with it, if anything, says who reads it step by step
    return _read_exactly(body)


def _read_exactly(body: bytes) -> Any:
    try:
        return json.loads(
            body,
            parse_float=Number,
            parse_int=_whole,
            parse_constant=_no_constant,
            object_pairs_hook=_unique_keys,
        )
    except (ValueError, RecursionError) as error:
        raise MappingError("", f"the response is not JSON: {error}") from None


def write_shop_json(document: Any) -> bytes:
    """Write a shop's JSON; numbers as they stood.

    >>> write_shop_json(read_shop_json(b'{"b": 50.00, "a": 1e2}'))
    b'{"b":50.00,"a":1e2}'
    """
    return orjson.dumps(document, default=_as_it_stood)


def read_shop_cart(document: Any, till: Till, stamped: Callable[[Cart], Cart] = lambda cart: cart) -> Cart:
    """Read the cart out of a shop's JSON, and reconcile it with the shop's own total.

    ``stamped`` says when and by whom it is bought, before the shop's own function is asked for its tax.

    Raises:
        MappingError: a path does not fit, or the parts do not make the total.
    """
    cart = stamped(till.read(document))
    till.reconcile(document, cart)
    return cart


class Repricing:
    """One cart on its way from the shop's bytes to the re-priced ones; ``missing`` names what must be asked for."""

    def __init__(self, till: Till, pricing: Pricing, body: bytes, shopper: Shopper) -> None:
        """Read the cart, reconcile it, and look at the promotions that may apply.

        Raises:
            MappingError: it is no cart that the mapping fits.
        """
        self._till = till
        self._pricing = pricing
        self._document = read_shop_json(body)
        stamped = partial(pricing.stamped, customer=shopper.customer, codes=shopper.codes)
        cart = read_shop_cart(self._document, till, stamped)
        self._considered = pricing.consider(cart)
        self.missing = pricing.missing(self._considered)

    def ask(self) -> bool:
        """Ask the API for what is missing; return whether it answered. Blocks; the only input or output there is."""
        return self.missing is None or self._pricing.ask(self._considered.cart.customer, self.missing)

    def write(self) -> bytes:
        """Price with what is known by now, and write the shop's JSON with these prices."""
        self._till.write(self._document, self._pricing.evaluate(self._considered))
        return write_shop_json(self._document)


def _whole(text: str) -> int | Number:
    # Past 64 bits, or "-0", an integer would not come out as it stood.
    return Number(text) if len(text) > EXACT_DIGITS or text == "-0" else int(text)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return values


def _as_it_stood(value: object) -> orjson.Fragment:
    if isinstance(value, Number):
        return orjson.Fragment(value.text)
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(type(value).__name__)
