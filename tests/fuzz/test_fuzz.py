"""The API keeps to its document: some random requests here; ``python3 dev.py fuzz`` sends many."""

from typing import Any

import pytest

from promo_contracts.company.routes import ROUTES, SERVICE_ROUTES
from promo_contracts.lightrail.routes import ROUTES as VALUE_ROUTES
from promo_contracts.moltin.routes import ROUTES as MOLTIN_ROUTES
from promo_contracts.moltin.routes import TOKEN_ROUTES
from tests.databases import ON_POSTGRESQL, ON_SQLITE
from tests.fuzz.runner import DOCUMENTS, Found, an_api, run

TAGS = [(DOCUMENTS[0], "carts"), (DOCUMENTS[1], "transactions"), (DOCUMENTS[2], "promotions")]
"""Where carts are priced and money moves: each takes its time. ``dev.py fuzz`` goes through all of the documents."""
SEED = 20250414


def check(found: Found) -> None:
    assert found.errors == []
    assert not found.failures, "\n\n".join(f"{label}\n{said}" for label, said in found.failures.items())


@ON_SQLITE
@pytest.mark.parametrize(("document", "tag"), TAGS)
def test_examples_and_bounds_of_operations(database: str, document: str, tag: str) -> None:
    with an_api(database) as (context, key):
        phases = ["examples", "coverage"]
        found = run(context, key, examples=1, seed=SEED, phases=phases, tag=tag, document=document)
    check(found)
    assert found.requests > 5 * len(found.operations)


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("document", "routes"),
    [
        (DOCUMENTS[0], [*ROUTES, *SERVICE_ROUTES]),
        (DOCUMENTS[1], VALUE_ROUTES),
        (DOCUMENTS[2], [*MOLTIN_ROUTES, *TOKEN_ROUTES]),
    ],
    ids=DOCUMENTS,
)
def test_random_requests_and_sequences_of_them(database: str, document: str, routes: Any) -> None:
    with an_api(database) as (context, key):
        found = run(context, key, examples=6, seed=SEED, phases=["fuzzing", "stateful"], document=document)
    check(found)
    assert len(found.operations) == len(routes)
