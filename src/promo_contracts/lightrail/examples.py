"""What the seed and the pages of its time show of requests: for the documents of the API, and for tests."""

from collections.abc import Mapping
from typing import Any

from promo_contracts.company.examples import Example

CUSTOMER: Mapping[str, Any] = {"customerId": "cus_123", "email": "alice@examle.com"}
"""The seed's request, with its slip."""

PROGRAM: Mapping[str, Any] = {
    "programId": "sign-up-promotion",
    "name": "Spring Promotion USD",
    "currency": "USD",
    "access": "customerId",
    "preTax": False,
    "discount": True,
    "fixedInitialValues": [500],
    "tags": ["promotion", "new-sign-up"],
}

VALUE_STORE: Mapping[str, Any] = {
    "valueStoreId": "cus_123-sign-up-promotion",
    "programId": "sign-up-promotion",
    "customerId": "cus_123",
    "value": 500,
}
"""The seed's request."""

SOURCE: Mapping[str, Any] = {"rail": "lightrail", "customerId": "cus_123"}
"""The seed's payment source."""

_PARTY = {"rail": "lightrail", "valueStoreId": "cus_123-sign-up-promotion"}

EXAMPLES: Mapping[str, Example] = {
    "create_customer": Example(CUSTOMER),
    "update_customer": Example({"firstName": "Alice"}),
    "create_program": Example(PROGRAM),
    "update_program": Example({"active": False}),
    "create_value_store": Example(VALUE_STORE),
    "update_value_store": Example({"frozen": True}),
    "set_code": Example({"code": "BLACKFRIDAY20%"}),
    "attach_value_store": Example({"customerId": "cus_123"}),
    "process_order": Example(
        {
            "transactionId": "order-1",
            "currency": "USD",
            "lineItems": [{"type": "product", "productId": "pid_1", "unitPrice": 3000, "taxRate": 0}],
            "sources": [SOURCE],
            "allowRemainder": True,
        }
    ),
    "debit": Example({"transactionId": "debit-1", "source": _PARTY, "amount": 100, "currency": "USD", "pending": True}),
    "credit": Example({"transactionId": "credit-1", "destination": _PARTY, "amount": 100, "currency": "USD"}),
    "capture": Example({"transactionId": "capture-1"}),
    "void": Example({"transactionId": "void-1"}),
    "reverse": Example({"transactionId": "reverse-1"}),
    "create_currency": Example({"code": "POINTS", "name": "Points", "symbol": "P", "decimalPlaces": 0}),
    "update_currency": Example({"name": "Points"}),
}
"""By the name of the route."""
