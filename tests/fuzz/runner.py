"""Run schemathesis on a real API: every check, examples, bounds, random requests, and sequences of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from promo_contracts import Scope
from promo_server.app import create_app
from promo_server.code_keys import CodeKey, CodeKeys
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context, create_context

NOW = datetime(2025, 4, 14, 1, tzinfo=UTC)
"""The seed's moment: its example can be created."""

MAY_ANSWER = ["2xx", "304", "400", "404", "409", "422"]
"""To what is lawful by the document. It cannot say all (decision 16): 422 says the rest, or 400 of a long number."""


@dataclass
class Found:
    """What a run found: each failure once, by operation and title; and how many requests there were."""

    failures: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requests: int = 0
    operations: set[str] = field(default_factory=set)


@contextmanager
def an_api(database: Path | str) -> Iterator[tuple[Context, str]]:
    """Yield an API of one company on an empty database, and a key that may do everything."""
    keys = CodeKeys((CodeKey("fuzz", bytes(32)),))
    context = create_context(database, clock=lambda: NOW, code_keys=keys)
    create_company(context, company_id="shop", name="Shop")
    key = create_key(context, company_id="shop", name="fuzz", scopes=[Scope.ADMIN])
    try:
        yield context, key
    finally:
        context.database.close()


DOCUMENTS = ("/openapi.json", "/v2/openapi.json", "/moltin/openapi.json")
"""Of the company API, of the value-store API, and of promotions with codes."""

ALWAYS_REFUSED = "modify_transaction", "delete_transaction", "create_access_token"
"""A lawful request to them is answered with 403; for a token, who does not know a key with 401."""

PHASES = ("examples", "coverage", "fuzzing", "stateful")


def run(
    context: Context,
    key: str,
    *,
    examples: int,
    seed: int,
    steps: int = 6,
    phases: Sequence[str] = PHASES,
    tag: str | None = None,
    document: str = DOCUMENTS[0],
) -> Found:
    """Send each operation its examples, its bounds, ``examples`` random requests, and as many sequences of them.

    With a ``tag``, those operations only; with another ``document``, those of that one.
    """
    settings: dict[str, Any] = {
        "seed": seed,
        "cache": {"enabled": False},
        "headers": {"Authorization": f"Bearer {key}"},
        "parameters": {"path.company_id": "shop"},
        "continue-on-failure": True,
        "generation": {"max-examples": examples},
        "checks": {"positive_data_acceptance": {"expected-statuses": MAY_ANSWER}},
        "operations": [
            {"include-operation-id": name, "checks": {"positive_data_acceptance": {"enabled": False}}}
            for name in ALWAYS_REFUSED
        ],
        "phases": {name: {"enabled": name in phases} for name in PHASES},
    }
    settings["phases"]["stateful"]["max-steps"] = steps
    app, config = _without_lifespan(create_app(context)), SchemathesisConfig.from_dict(settings)
    schema: schemathesis.BaseSchema = schemathesis.openapi.from_asgi(document, app, config=config)
    if tag is not None:
        schema = schema.include(tag=tag)
    found = Found()
    for event in from_schema(schema).execute():
        _note(event, found)
    return found


def _without_lifespan(app: ASGIApp) -> ASGIApp:
    """Serve requests only: schemathesis would begin a lifespan, with a sweep, for each, and end none."""

    async def bare(scope: ASGIScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})

    return bare


def _note(event: events.EngineEvent, found: Found) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        found.errors.append(str(getattr(event, "info", None) or getattr(event, "exception", event)))
    if not isinstance(event, events.ScenarioFinished):
        return
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            failure = check.failure_info
            if failure is not None:
                case = event.recorder.cases[case_id].value
                label = f"{case.operation.label}: {failure.failure.title}"
                found.failures.setdefault(label, f"{failure.failure.message}\n{failure.code_sample}")
    found.requests += len(event.recorder.interactions)
    found.operations |= {node.value.operation.label for node in event.recorder.cases.values()}
