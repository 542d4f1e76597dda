"""The numbers of the rule language: decimals of 34 significant digits, with Infinity and NaN.

Money needs exact decimals: 4.35 × 100 is 435, where binary numbers make it 434.99999999999994. What has more than 34
digits is rounded half-even; what is beyond 1e309 is Infinity, what is below 1e-341 is 0: so no number is ever large.
Nothing here raises: 1/0 is Infinity and 0/0 is NaN, as in IEEE 754.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

_CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-308, Emax=308, capitals=0, clamp=0, flags=[], traps=[])
_WIDE = Context(prec=700, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999, capitals=0, clamp=0, flags=[], traps=[])
"""Holds the whole quotient of any two numbers: a remainder is exact."""

_HUGE = 10**310
"""Such integers take long to be written as decimals, and are Infinity anyway."""

ZERO, ONE, NAN, INFINITY = Decimal(0), Decimal(1), Decimal("NaN"), Decimal("Infinity")

_TEXT = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)?\s*")

add, subtract, multiply, divide = _CONTEXT.add, _CONTEXT.subtract, _CONTEXT.multiply, _CONTEXT.divide
negate, absolute = _CONTEXT.minus, _CONTEXT.abs


def number_of(raw: int | float | Decimal | str) -> Decimal:
    """Return a number as the language has it.

    >>> number_of(12), number_of(0.1), number_of("1e999"), number_of(float("nan"))
    (Decimal('12'), Decimal('0.1'), Decimal('Infinity'), Decimal('NaN'))
    """
    if isinstance(raw, Decimal):
        return _CONTEXT.plus(raw)
    if isinstance(raw, float):
        raw = repr(raw)
    elif isinstance(raw, int) and abs(raw) >= _HUGE:
        return INFINITY if raw > 0 else negate(INFINITY)
    return _CONTEXT.create_decimal(raw)


def read_number(text: str) -> Decimal:
    """Return what a text says in figures: an empty one says 0, any other that is no number NaN.

    >>> read_number(" -12.50 "), read_number(""), read_number("twelve")
    (Decimal('-12.50'), Decimal('0'), Decimal('NaN'))
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        return NAN
    return _CONTEXT.create_decimal(found[1]) if found[1] else ZERO


def remainder(left: Decimal, right: Decimal) -> Decimal:
    """Return what a division leaves; it has the sign of the dividend.

    >>> remainder(Decimal(-7), Decimal(3)), remainder(Decimal(1), Decimal(0))
    (Decimal('-1'), Decimal('NaN'))
    """
    return _CONTEXT.plus(_WIDE.remainder(left, right))


def compare(left: Decimal, right: Decimal) -> int | None:
    """Return -1, 0 or 1 as the left one is less, equal or greater; None where one is NaN.

    >>> compare(Decimal(1), Decimal("1.0")), compare(NAN, NAN)
    (0, None)
    """
    order = _CONTEXT.compare(left, right)
    return None if order.is_nan() else int(order)


def floor(number: Decimal) -> Decimal:
    """Round down."""
    return number.to_integral_value(ROUND_FLOOR, _CONTEXT)


def ceil(number: Decimal) -> Decimal:
    """Round up."""
    return number.to_integral_value(ROUND_CEILING, _CONTEXT)


def round_half_up(number: Decimal) -> Decimal:
    """Round to the nearest whole number, a half towards the greater one.

    >>> round_half_up(Decimal("12.5")), round_half_up(Decimal("-12.5"))
    (Decimal('13'), Decimal('-12'))
    """
    return number.to_integral_value(ROUND_HALF_DOWN if number.is_signed() else ROUND_HALF_UP, _CONTEXT)


def round_half_even(number: Decimal) -> Decimal:
    """Round to the nearest whole number, a half to the even one.

    >>> round_half_even(Decimal("12.5")), round_half_even(Decimal("13.5"))
    (Decimal('12'), Decimal('14'))
    """
    return number.to_integral_value(ROUND_HALF_EVEN, _CONTEXT)


def round_to(number: Decimal, place: Decimal) -> Decimal:
    """Round to so many decimals, a half away from zero; NaN where that takes more than 34 digits.

    >>> round_to(Decimal("2.675"), Decimal("0.01"))
    Decimal('2.68')
    """
    return number.quantize(place, ROUND_HALF_UP, _CONTEXT)


def write_number(number: Decimal) -> str:
    """Write a number as the language reads it, without needless zeros.

    >>> [write_number(Decimal(text)) for text in ("1.50", "-0", "1e20", "1e21", "0.000001", "1.5e-7", "-Infinity")]
    ['1.5', '0', '100000000000000000000', '1e+21', '0.000001', '1.5e-7', '-Inf']
    """
    if number.is_nan():
        return "NaN"
    if number.is_infinite():
        return "-Inf" if number.is_signed() else "Inf"
    if number.is_zero():
        return "0"
    number = number.normalize(_CONTEXT)
    exponent = number.adjusted()
    if -7 < exponent < 21:
        return format(number, "f")
    sign, digits, _ = number.as_tuple()
    first, *rest = map(str, digits)
    fraction = "." + "".join(rest) if rest else ""
    return f"{'-' if sign else ''}{first}{fraction}e{exponent:+d}"
