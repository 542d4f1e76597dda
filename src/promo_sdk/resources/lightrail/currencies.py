"""Currencies of the value-store API: those of ISO 4217 are there from the start."""

from typing import Final

from promo_contracts.lightrail import models, routes
from promo_sdk._body import UNCHANGED, Unchanged, write_body, write_change
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, Reply, as_model


def create_currency(code: str, *, name: str, symbol: str, decimalPlaces: int) -> Call[models.Currency]:
    """Create a currency of your own, or give one of ISO 4217 a name and a symbol.

    Raises:
        Conflict: it was created before (``CurrencyExists``).

    >>> create_currency("POINTS", name="Points", symbol="P", decimalPlaces=0).target("42")
    '/v2/currencies'
    """
    body = write_body(models.CurrencyCreate, code=code, name=name, symbol=symbol, decimalPlaces=decimalPlaces)
    return Call(routes.CREATE_CURRENCY, as_model(models.Currency), body=body)


def get_currency(code: str) -> Call[models.Currency]:
    """Return one currency.

    Raises:
        NotFound: there is no such currency.
    """
    return Call(routes.GET_CURRENCY, as_model(models.Currency), params={"code": code}, is_repeatable=True)


def update_currency(
    code: str, *, name: str | Unchanged = UNCHANGED, symbol: str | Unchanged = UNCHANGED
) -> Call[models.Currency]:
    """Change the name or the symbol of a currency.

    Raises:
        NotFound: there is no such currency.
    """
    body = write_change(models.CurrencyUpdate, name=name, symbol=symbol)
    return Call(routes.UPDATE_CURRENCY, as_model(models.Currency), params={"code": code}, body=body, is_repeatable=True)


def delete_currency(code: str) -> Call[models.Success]:
    """Delete a currency that nothing is in.

    Raises:
        NotFound: there is no such currency.
        Conflict: something is in it (``CurrencyInUse``).
    """
    return Call(routes.DELETE_CURRENCY, as_model(models.Success), params={"code": code})


def list_currencies() -> Call[list[models.Currency]]:
    """Return the company's own currency, its private ones and those that were created."""
    read = as_model(models.CurrencyList)

    def read_list(reply: Reply) -> list[models.Currency]:
        return read(reply).root

    return Call(routes.LIST_CURRENCIES, read_list, is_repeatable=True)


class Currencies(Resource):
    """What amounts are in."""

    create: Final = endpoint(create_currency)
    get: Final = endpoint(get_currency)
    update: Final = endpoint(update_currency)
    delete: Final = endpoint(delete_currency)
    list: Final = endpoint(list_currencies)


class AsyncCurrencies(AsyncResource):
    """What amounts are in."""

    create: Final = async_endpoint(create_currency)
    get: Final = async_endpoint(get_currency)
    update: Final = async_endpoint(update_currency)
    delete: Final = async_endpoint(delete_currency)
    list: Final = async_endpoint(list_currencies)
