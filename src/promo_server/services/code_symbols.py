"""The symbols of generated codes: read aloud and typed without mistakes, and one more that tells when it went wrong.

Crockford's base 32 without the vowels A and E: no letter looks like a digit, and few words come out. The last symbol is
the check symbol of ISO 7064 MOD 31,30: it finds every wrong symbol, and almost every two that changed places.
"""

import secrets

ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS = 10
"""In a promotion's code: of some 6 * 10**14 codes none is guessed."""
SYMBOLS_WORTH_MONEY = 15
"""In a value store's code: of some 10**22, although any of a million may be worth something."""


def random_symbols(number: int) -> str:
    """Draw the random part of a code.

    >>> len(random_symbols(10)), set(random_symbols(10)) <= set(ALPHABET)
    (10, True)
    """
    return "".join(secrets.choice(ALPHABET) for _ in range(number))


def checked(symbols: str) -> str:
    """Return symbols of the alphabet with their check symbol behind them.

    >>> checked("0123456789")
    '01234567894'
    """
    return symbols + check_symbol(symbols)


def check_symbol(symbols: str) -> str:
    """Return the check symbol of some symbols of the alphabet.

    >>> check_symbol("0123456789")
    '4'
    """
    modulus = len(ALPHABET)
    product = modulus
    for symbol in symbols:
        product = (product + ALPHABET.index(symbol)) % modulus or modulus
        product = product * 2 % (modulus + 1)
    return ALPHABET[(1 - product) % modulus]
