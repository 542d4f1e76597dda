"""Promotion codes made from a name and a type: lawful words like any other; and which codes of a company are taken.

A code is a promotion's own, or one of those beside it. Of both together a company has each form once: who writes one
has locked the company, and asks here first.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import count

from sqlalchemy import Connection, bindparam, func, select, union_all

from promo_engine import code_form, may_be_known
from promo_server.services.uses import NOT_ASKED, FoundCode, FoundCodes
from promo_server.services.words import CodeWords, why_refused
from promo_server.storage.tables import codes, promotions

LONGEST_STEM = 14
"""Leaves six digits of a code to numbers."""

WINDOW = 50
"""How many codes are tried at once."""

AT_ONCE = 1_000
"""How many codes one query asks for: no database takes any number."""

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
        taken = taken_forms(connection, company_id, wanted)
        yield from (code for form, code in wanted.items() if form not in taken)


def taken_forms(connection: Connection, company_id: str, forms: Collection[str]) -> set[str]:
    """Return those of some forms of which the company has a code already."""
    wanted = list(forms)
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        portion = wanted[start : start + AT_ONCE]
        each = (
            select(table.c.code_form).where(table.c.company_id == company_id, table.c.code_form.in_(portion))
            for table in (promotions, codes)
        )
        found.update(connection.execute(union_all(*each)).scalars())
    return found


def has_codes(connection: Connection, company_id: str) -> bool:
    """Whether the company has any code beside the promotions' own."""
    return connection.execute(select(codes.c.id).where(codes.c.company_id == company_id).limit(1)).first() is not None


def is_beside(connection: Connection, company_id: str, form: str) -> bool:
    """Whether a code of this form stands beside the promotions' own."""
    query = select(codes.c.id).where(codes.c.company_id == company_id, codes.c.code_form == form)
    return connection.execute(query).first() is not None


def look_up(connection: Connection, company_id: str, forms: Collection[str]) -> FoundCodes:
    """Return what codes beside the promotions' own stand for, by form; None for one that is nobody's."""
    asked = sorted(filter(may_be_known, forms))
    if not asked:
        return dict.fromkeys(forms) if forms else NOT_ASKED
    rows = connection.execute(_FOUND, {"company": company_id, "forms": asked})
    found = {row.code_form: FoundCode(row.id, row.promotion_id, row.max_uses) for row in rows}
    return {form: found.get(form) for form in forms}


_FOUND = select(codes.c.code_form, codes.c.id, codes.c.promotion_id, codes.c.max_uses).where(
    codes.c.company_id == bindparam("company"), codes.c.code_form.in_(bindparam("forms", expanding=True))
)
