"""The API keeps to its document: some random requests here; ``python3 dev.py fuzz`` sends many."""

import pytest

from promo_contracts.company.routes import ROUTES, SERVICE_ROUTES
from promo_server.api.described import COMPANY
from promo_server.api.openapi import openapi
from tests.databases import ON_POSTGRESQL, ON_SQLITE
from tests.fuzz.runner import Found, an_api, run

TAGS = sorted({tag for path in openapi(COMPANY)["paths"].values() for one in path.values() for tag in one["tags"]})
SEED = 20250414


def check(found: Found) -> None:
    assert found.errors == []
    assert not found.failures, "\n\n".join(f"{label}\n{said}" for label, said in found.failures.items())


@ON_POSTGRESQL
@pytest.mark.parametrize("tag", TAGS)
def test_examples_and_bounds_of_each_operation(database: str, tag: str) -> None:
    with an_api(database) as (context, key):
        found = run(context, key, examples=1, seed=SEED, phases=["examples", "coverage"], tag=tag)
    check(found)
    assert found.requests > 5 * len(found.operations)


@ON_SQLITE
def test_random_requests_and_sequences_of_them(database: str) -> None:
    with an_api(database) as (context, key):
        found = run(context, key, examples=6, seed=SEED, phases=["fuzzing", "stateful"])
    check(found)
    assert len(found.operations) == len(ROUTES) + len(SERVICE_ROUTES)
