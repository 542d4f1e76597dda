"""Promotion codes made from a name and a type."""

from collections.abc import Callable
from itertools import count

LONGEST_STEM = 14

_PREFIXES = {
    "percentage_discount": "SAVE",
    "fixed_amount_discount": "OFF",
    "buy_x_get_y": "BUY",
    "free_shipping": "SHIP",
    "bundle_deal": "BUNDLE",
    "loyalty_bonus": "BONUS",
}


def generated_code(name: str, promotion_type: str, is_taken: Callable[[str], bool]) -> str:
    """Make a free code of 4 to 20 letters and digits: the letters of the name, or a word for the type, and a number.

    >>> generated_code("Spring Fresh 20% Off", "percentage_discount", lambda code: code == "SPRINGFRESH20O")
    'SPRINGFRESH20O2'
    """
    letters = "".join(char for char in name.upper() if char.isascii() and char.isalnum())
    stem = letters if len(letters) >= 4 else _PREFIXES.get(promotion_type, "PROMO") + letters
    stem = stem[:LONGEST_STEM].ljust(4, "0")
    if not is_taken(stem):
        return stem
    return next(code for number in count(2) if not is_taken(code := f"{stem}{number}"))
