"""What the value-store API speaks of, for annotations: the models of ``client.lightrail``."""

from promo_contracts.lightrail.fields import Rule
from promo_contracts.lightrail.models import (
    CodeShown,
    Currency,
    Customer,
    CustomerShown,
    Program,
    Success,
    ValueStore,
)
from promo_contracts.lightrail.transactions import LineItem, Party, Source, Step, TaxSettings, Totals, Transaction
from promo_sdk.pagination import Part

__all__ = [
    "CodeShown",
    "Currency",
    "Customer",
    "CustomerShown",
    "LineItem",
    "Part",
    "Party",
    "Program",
    "Rule",
    "Source",
    "Step",
    "Success",
    "TaxSettings",
    "Totals",
    "Transaction",
    "ValueStore",
]
