"""The query parameters of the value-store API: pages by limit and offset, filters that are exact or a span."""

from promo_contracts.fields import Instant, Query, Text
from promo_contracts.lightrail.fields import Access, CurrencyCode, Email, Flag, Id, Limit, Offset, Tag, Whole
from promo_contracts.lightrail.transactions import TransactionType

MAX_LIMIT = 1_000


class ListQuery(Query):
    """Which part of a list, newest first, of what was created and changed within spans that include their ends."""

    limit: Limit = 100
    offset: Offset = 0
    minCreatedDate: Instant | None = None
    maxCreatedDate: Instant | None = None


class _ChangingQuery(ListQuery):
    minUpdatedDate: Instant | None = None
    maxUpdatedDate: Instant | None = None


class CustomerQuery(_ChangingQuery):
    """Which customers; ``tags`` is one of theirs."""

    firstName: Text | None = None
    lastName: Text | None = None
    email: Email | None = None
    tags: Tag | None = None


class ProgramQuery(_ChangingQuery):
    """Which programs; ``tags`` is one of theirs."""

    currency: CurrencyCode | None = None
    access: Access | None = None
    active: Flag | None = None
    tags: Tag | None = None


class ValueStoreQuery(_ChangingQuery):
    """Which value stores; bounds of the value, the uses and the dates leave out those that have none."""

    programId: Id | None = None
    customerId: Id | None = None
    currency: CurrencyCode | None = None
    access: Access | None = None
    active: Flag | None = None
    frozen: Flag | None = None
    minValue: Whole | None = None
    maxValue: Whole | None = None
    minUses: Whole | None = None
    maxUses: Whole | None = None
    minStartDate: Instant | None = None
    maxStartDate: Instant | None = None
    minEndDate: Instant | None = None
    maxEndDate: Instant | None = None


class TransactionQuery(ListQuery):
    """Which transactions: of a type, a currency, or a value store."""

    transactionType: TransactionType | None = None
    currency: CurrencyCode | None = None
    valueStoreId: Id | None = None


class CodeQuery(Query):
    """Whether a secret code is answered in full, to a key that has the scope ``write``."""

    showCode: Flag = False
