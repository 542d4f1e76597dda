"""The currencies of a company: those of ISO 4217 are there from the start, private ones are made."""

import json
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from promo_contracts.company.errors import FieldProblem
from promo_contracts.lightrail.models import Currency, CurrencyCreate, CurrencyList, Success
from promo_engine import Currency as Unit
from promo_engine import DocumentError
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, company_to_change, company_to_stay, load_company
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.storage import insert_new, moment
from promo_server.storage.moltin_tables import moltin_carts
from promo_server.storage.tables import campaigns, companies, promotions
from promo_server.storage.value_tables import currencies, programs, value_stores, value_transactions


def check_currency(connection: Connection, company_id: str, code: str, *, is_to_stay: bool = False) -> None:
    """Refuse a currency that is neither of ISO 4217 nor the company's; one that is to stay cannot go meanwhile.

    Raises:
        Refusal: ``CurrencyNotFound``, as a conflict.
    """
    company = load_company(connection, company_id)
    if is_to_stay and code in company.private:
        company = company_to_stay(connection, company_id)
    if _exponent(company, code) is None:
        raise Refusal("CurrencyNotFound", f"There is no currency '{code}': create it first.", status=409)


def create_currency(context: Context, holder: Holder, body: CurrencyCreate) -> Currency:
    """Create a currency; one of ISO 4217 gets its name and symbol so.

    Raises:
        InvalidFields: ISO 4217 has other decimal places.
        Refusal: ``CurrencyExists``.
    """
    return context.database.transact(partial(_create, context, holder, body))


def _create(context: Context, holder: Holder, body: CurrencyCreate, connection: Connection) -> Currency:
    company = company_to_change(connection, holder.company_id)
    if body.code in company.private:
        raise _exists(body.code)
    exponent = _exponent(company, body.code)
    if exponent not in (None, body.decimalPlaces):
        message = f"must be {exponent}, as ISO 4217 has it for {body.code}"
        raise InvalidFields(FieldProblem("decimalPlaces", message))
    row = {
        "company_id": company.id,
        "code": body.code,
        "name": body.name,
        "symbol": body.symbol,
        "decimal_places": body.decimalPlaces,
        "created_at": moment(context.clock()),
    }
    if not insert_new(connection, currencies, row):
        raise _exists(body.code)
    if exponent is None:
        _set_private(connection, company, {**_exponents(company), body.code: body.decimalPlaces})
    return get_within(connection, load_company(connection, company.id), body.code)


def list_currencies(context: Context, holder: Holder) -> CurrencyList:
    """Return the company's own currency, its private ones, and those that were created."""
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        rows = connection.execute(select(currencies.c.code).where(currencies.c.company_id == company.id))
        codes = {company.currency.code, *company.private, *rows.scalars()}
        return CurrencyList([get_within(connection, company, code) for code in sorted(codes)])


def get_currency(context: Context, holder: Holder, code: str) -> Currency:
    """Return one currency.

    Raises:
        Refusal: ``CurrencyNotFound``.
    """
    with context.database.read() as connection:
        return get_within(connection, load_company(connection, holder.company_id), code.upper())


def get_within(connection: Connection, company: Company, code: str) -> Currency:
    """Return a currency as it is within a transaction."""
    exponent = _exponent(company, code)
    if exponent is None:
        raise _not_found(code)
    row = _row(connection, company.id, code)
    name, symbol = (code, code) if row is None else (row.name, row.symbol)
    return Currency(code=code, name=name, symbol=symbol, decimalPlaces=exponent)


def update_currency(context: Context, holder: Holder, code: str, change: dict[str, Any]) -> Currency:
    """Change the name or the symbol of a currency.

    Raises:
        Refusal: ``CurrencyNotFound``.
    """
    return context.database.transact(partial(_update, context, holder, code.upper(), change))


def _update(context: Context, holder: Holder, code: str, change: dict[str, Any], connection: Connection) -> Currency:
    company = company_to_change(connection, holder.company_id)
    before = get_within(connection, company, code)
    row = {
        "company_id": company.id,
        "code": code,
        "name": change.get("name") or before.name,
        "symbol": change.get("symbol") or before.symbol,
        "decimal_places": before.decimalPlaces,
        "created_at": moment(context.clock()),
    }
    own = (currencies.c.company_id == company.id, currencies.c.code == code)
    if _row(connection, company.id, code) is None:
        connection.execute(insert(currencies).values(row))
    else:
        connection.execute(update(currencies).where(*own).values(name=row["name"], symbol=row["symbol"]))
    return get_within(connection, company, code)


def delete_currency(context: Context, holder: Holder, code: str) -> Success:
    """Delete a currency that nothing is in.

    Raises:
        Refusal: ``CurrencyNotFound``, ``CurrencyInUse``.
    """
    return context.database.transact(partial(_delete, holder, code.upper()))


def _delete(holder: Holder, code: str, connection: Connection) -> Success:
    company = company_to_change(connection, holder.company_id)
    get_within(connection, company, code)
    if _is_used(connection, company, code):
        raise Refusal("CurrencyInUse", f"Something is in the currency '{code}'.")
    own = (currencies.c.company_id == company.id, currencies.c.code == code)
    connection.execute(delete(currencies).where(*own))
    rest = {name: places for name, places in _exponents(company).items() if name != code}
    _set_private(connection, company, rest)
    return Success()


def _is_used(connection: Connection, company: Company, code: str) -> bool:
    if company.currency.code == code:
        return True
    in_it = [
        select(one.c.company_id).where(one.c.company_id == company.id, one.c.currency == code)
        for one in (campaigns, promotions, programs, value_stores, value_transactions, moltin_carts)
    ]
    amounts = promotions.c.body.contains(f'"{code}"', autoescape=True)
    in_it.append(select(promotions.c.company_id).where(promotions.c.company_id == company.id, amounts))
    return any(connection.execute(query.limit(1)).first() for query in in_it)


def _exponent(company: Company, code: str) -> int | None:
    try:
        return Unit.of(code, company.private).exponent
    except DocumentError:
        return None


def _exponents(company: Company) -> dict[str, int]:
    return {code: unit.exponent for code, unit in company.private.items()}


def _set_private(connection: Connection, company: Company, exponents: dict[str, int]) -> None:
    text = json.dumps(dict(sorted(exponents.items())))
    connection.execute(update(companies).where(companies.c.id == company.id).values(currencies=text))


def _row(connection: Connection, company_id: str, code: str) -> Row[Any] | None:
    own = (currencies.c.company_id == company_id, currencies.c.code == code)
    return connection.execute(select(currencies).where(*own)).one_or_none()


def _exists(code: str) -> Refusal:
    return Refusal("CurrencyExists", f"There is a currency '{code}' already.")


def _not_found(code: str) -> Refusal:
    return Refusal("CurrencyNotFound", f"There is no currency '{code[:16]}'.")
