"""Promotion codes made from a name and a type: unique in the company, and lawful words like any other."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from sqlalchemy import Connection, func, select

from promo_engine import code_form
from promo_server.services.words import CodeWords, why_refused
from promo_server.storage.tables import promotions

LONGEST_STEM = 14
"""Leaves six digits of a code to numbers."""

WINDOW = 50
"""How many codes are looked up at once."""

_PREFIXES = {
    "percentage_discount": "SAVE",
    "fixed_amount_discount": "LESS",
    "buy_x_get_y": "BUYGET",
    "free_shipping": "SHIP",
    "bundle_deal": "BUNDLE",
    "loyalty_bonus": "BONUS",
}


def code_stem(name: str, promotion_type: str, words: CodeWords) -> str:
    """Return what a promotion's codes begin with: the lawful words of its name, or a word for its type.

    Nothing where the operator's words leave nothing.

    >>> code_stem("Spring Fresh 20% Off", "percentage_discount", CodeWords())
    'SPRINGFRESH20O'
    >>> [code_stem(name, "free_shipping", CodeWords()) for name in ("Été", "送料無料 20", "Sh1t", "Shit hot soup")]
    ['SHIPETE', 'SHIP20', 'SHIP', 'HOTSOUP']
    """
    ascii_name = unicodedata.normalize("NFKD", name.upper()).encode("ascii", "ignore").decode()
    letters = "".join(word for word in re.findall("[A-Z0-9]+", ascii_name) if why_refused(word, words) is None)
    prefix = _PREFIXES.get(promotion_type, "PROMO")
    stems = (letters[:LONGEST_STEM] if len(letters) >= 4 else prefix + letters, prefix)
    return next((stem for stem in stems if why_refused(stem, words) is None), "")


def free_codes(connection: Connection, company_id: str, stem: str, words: CodeWords) -> Iterator[str]:
    """Yield codes of a stem that nobody in the company has: the stem itself, then with numbers.

    Two queries find the first, however many codes share the stem.
    """
    form = code_form(stem)
    of_company = promotions.c.company_id == company_id
    # A tilde sorts after all letters and digits.
    of_stem = promotions.c.code_form.between(form, f"{form}~")
    similar = connection.execute(select(func.count()).where(of_company, of_stem)).scalar_one()
    for first in count(similar + 1, WINDOW):
        numbered = (f"{stem}{number}" for number in range(max(first, 2), first + WINDOW))
        wanted = {code_form(code): code for code in (stem, *numbered) if why_refused(code, words) is None}
        query = select(promotions.c.code_form).where(of_company, promotions.c.code_form.in_(wanted))
        taken = set(connection.execute(query).scalars())
        yield from (code for form, code in wanted.items() if form not in taken)
