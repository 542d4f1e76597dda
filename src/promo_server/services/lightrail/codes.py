"""The codes of value stores: one form in the whole company, public ones as text, secret ones by keyed hash."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from promo_contracts.company.errors import FieldProblem
from promo_engine import code_form
from promo_server.code_keys import NONCE_BYTES, CodeKeys, DamagedCodeError, UnknownKeyError
from promo_server.services.code_symbols import SYMBOLS_WORTH_MONEY, checked
from promo_server.services.context import Context
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.storage import lock_alone
from promo_server.storage.value_tables import value_codes

LAST = 4
ROTATE_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A code for a value store, and whether it is secret."""

    text: str = field(repr=False)
    is_secret: bool

    def shown(self) -> str:
        """Return what may be shown of it."""
        return f"…{last_four(self.text)}" if self.is_secret else self.text


def made_code(context: Context) -> str:
    """Make a code that nobody guesses, with a check symbol: 16 in all."""
    return checked(context.new_symbols(SYMBOLS_WORTH_MONEY))


def last_four(text: str) -> str:
    """Return the last four characters of a code, counted in code points.

    >>> last_four("XXXX-SECRET"), last_four("ab")
    ('CRET', 'ab')
    """
    return text[-LAST:]


def set_code(connection: Connection, context: Context, company_id: str, value_store_id: str, code: GivenCode) -> None:
    """Give a value store a code, in place of the one that it may have; its row is locked or new.

    Raises:
        InvalidFields: the code is nothing once it is folded.
        Refusal: ``ValueCodeExists``, ``SecretCodesOff``.
    """
    form = code_form(code.text)
    if not form:
        raise InvalidFields(FieldProblem("code", "must have a character that can be seen"))
    row = _row(context.code_keys, company_id, value_store_id, code, form)
    # Servers may write by different keys while these are changed, so no constraint alone can tell.
    lock_alone(connection, f"code {company_id} {form}")
    holder = _holders(connection, context.code_keys, company_id, [form]).get(form)
    if holder not in (None, value_store_id):
        raise Refusal("ValueCodeExists", "Another value store has this code.")
    take_code(connection, company_id, value_store_id)
    connection.execute(insert(value_codes).values(row))


def take_code(connection: Connection, company_id: str, value_store_id: str) -> None:
    """Take the code of a value store away, if it has one."""
    own = (value_codes.c.company_id == company_id, value_codes.c.value_store_id == value_store_id)
    connection.execute(delete(value_codes).where(*own))


def code_of(connection: Connection, company_id: str, value_store_id: str) -> Row[Any] | None:
    """Return the row of the code of a value store; None where it has none."""
    own = (value_codes.c.company_id == company_id, value_codes.c.value_store_id == value_store_id)
    return connection.execute(select(value_codes).where(*own)).one_or_none()


def shown_code(row: Row[Any]) -> str:
    """Return what may be shown of a code."""
    return f"…{row.last_four}" if row.is_secret else str(row.shown)


def whole_code(keys: CodeKeys, row: Row[Any]) -> str:
    """Return a code in full.

    Raises:
        Refusal: ``SecretCodesOff``: this server does not have the key that it was written by, or another of its name.
    """
    if not row.is_secret:
        return str(row.shown)
    try:
        return keys.decrypt(row.key_id, row.company_id, row.value_store_id, row.encrypted)
    except UnknownKeyError:
        message = f"This server does not have the key {row.key_id!r} that the code was written by; see --code-keys."
        raise Refusal("SecretCodesOff", message) from None
    except DamagedCodeError as error:
        message = f"The key {row.key_id!r} of this server cannot read it: {error}, or was written by another key."
        raise Refusal("SecretCodesOff", message) from None


def stores_of_codes(connection: Connection, keys: CodeKeys, company_id: str, codes: Iterable[str]) -> dict[str, str]:
    """Return the id of the value store of each code that has one, by the code as it was given."""
    forms = {code: code_form(code) for code in codes}
    found = _holders(connection, keys, company_id, sorted({form for form in forms.values() if form}))
    return {code: found[form] for code, form in forms.items() if form in found}


@dataclass(frozen=True, slots=True)
class HeldCode:
    """A code of a value store; ``mask`` stands in its place wherever a cart is kept, None for a public one."""

    value_store_id: str
    mask: str | None


def codes_of_forms(
    connection: Connection, keys: CodeKeys, company_id: str, forms: Collection[str]
) -> dict[str, HeldCode]:
    """Return which of some forms are codes of value stores."""
    return {form: _held(row) for form, row in _rows_of(connection, keys, company_id, sorted(forms)).items()}


def _held(row: Row[Any]) -> HeldCode:
    mask = f"…{row.last_four} ({row.value_store_id})" if row.is_secret else None
    return HeldCode(row.value_store_id, mask)


def rotate_codes(context: Context, company_id: str) -> int:
    """Write all secret codes of a company anew by the key that writes; return how many were not by it.

    Raises:
        Refusal: ``SecretCodesOff``: there is no key, or one of those that wrote is missing.
    """
    done = 0
    while True:
        rotated = context.database.transact(lambda connection: _rotate_some(connection, context, company_id))
        done += rotated
        if rotated < ROTATE_AT_ONCE:
            return done


def _rotate_some(connection: Connection, context: Context, company_id: str) -> int:
    key = _writing(context.code_keys).id
    old = select(value_codes).where(
        value_codes.c.company_id == company_id, value_codes.c.is_secret, value_codes.c.key_id != key
    )
    rows = connection.execute(old.order_by(value_codes.c.value_store_id).limit(ROTATE_AT_ONCE).with_for_update()).all()
    for row in rows:
        code = GivenCode(whole_code(context.code_keys, row), is_secret=True)
        values = _row(context.code_keys, company_id, row.value_store_id, code, code_form(code.text))
        own = (value_codes.c.company_id == company_id, value_codes.c.value_store_id == row.value_store_id)
        connection.execute(update(value_codes).where(*own).values(values))
    return len(rows)


def _row(keys: CodeKeys, company_id: str, value_store_id: str, code: GivenCode, form: str) -> dict[str, Any]:
    row = {
        "company_id": company_id,
        "value_store_id": value_store_id,
        "is_secret": code.is_secret,
        "last_four": last_four(code.text),
    }
    if not code.is_secret:
        return row | {"form": form, "shown": code.text, "hash": None, "encrypted": None, "key_id": None}
    key = _writing(keys)
    encrypted = key.encrypt(company_id, value_store_id, code.text, secrets.token_bytes(NONCE_BYTES))
    hashed = key.hash(company_id, form)
    return row | {"form": None, "shown": None, "hash": hashed, "encrypted": encrypted, "key_id": key.id}


def _writing(keys: CodeKeys) -> Any:
    if keys.writing is None:
        message = "This server keeps no secret codes: it has no key for them. Start it with --code-keys FILE."
        raise Refusal("SecretCodesOff", message)
    return keys.writing


def _holders(connection: Connection, keys: CodeKeys, company_id: str, forms: Sequence[str]) -> dict[str, str]:
    """Return the id of the value store of each form that has one."""
    return {form: row.value_store_id for form, row in _rows_of(connection, keys, company_id, forms).items()}


def _rows_of(connection: Connection, keys: CodeKeys, company_id: str, forms: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the row of each form that is a value store's code."""
    if not forms:
        return {}
    hashes = {one: form for form in forms for one in keys.hashes(company_id, form)}
    is_one = or_(value_codes.c.form.in_(forms), value_codes.c.hash.in_(hashes))
    query = select(value_codes).where(value_codes.c.company_id == company_id, is_one)
    rows = connection.execute(query).all()
    return {(row.form if row.hash is None else hashes[row.hash]): row for row in rows}
