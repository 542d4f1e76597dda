"""The value-store API, on its own names: customers, programs, value stores, transactions, currencies.

What is called ``valueStoreId`` there is called so here, as argument and as field.
"""

from promo_sdk._endpoint import AsyncResource, Resource
from promo_sdk.resources.lightrail.currencies import AsyncCurrencies, Currencies
from promo_sdk.resources.lightrail.customers import AsyncCustomers, Customers
from promo_sdk.resources.lightrail.programs import AsyncPrograms, Programs
from promo_sdk.resources.lightrail.transactions import AsyncTransactions, Transactions
from promo_sdk.resources.lightrail.value_stores import AsyncValueStores, ValueStores

__all__ = ["AsyncLightrail", "Lightrail"]


class Lightrail(Resource):
    """The value-store API of the company that the key belongs to."""

    @property
    def customers(self) -> Customers:
        """The customers whom value stores may be attached to."""
        return Customers(self)

    @property
    def programs(self) -> Programs:
        """The templates of value stores."""
        return Programs(self)

    @property
    def value_stores(self) -> ValueStores:
        """What customers and codes are worth."""
        return ValueStores(self)

    @property
    def transactions(self) -> Transactions:
        """Orders, debits, credits, transfers, and what becomes of them."""
        return Transactions(self)

    @property
    def currencies(self) -> Currencies:
        """What amounts are in."""
        return Currencies(self)


class AsyncLightrail(AsyncResource):
    """The value-store API of the company that the key belongs to."""

    @property
    def customers(self) -> AsyncCustomers:
        """The customers whom value stores may be attached to."""
        return AsyncCustomers(self)

    @property
    def programs(self) -> AsyncPrograms:
        """The templates of value stores."""
        return AsyncPrograms(self)

    @property
    def value_stores(self) -> AsyncValueStores:
        """What customers and codes are worth."""
        return AsyncValueStores(self)

    @property
    def transactions(self) -> AsyncTransactions:
        """Orders, debits, credits, transfers, and what becomes of them."""
        return AsyncTransactions(self)

    @property
    def currencies(self) -> AsyncCurrencies:
        """What amounts are in."""
        return AsyncCurrencies(self)
