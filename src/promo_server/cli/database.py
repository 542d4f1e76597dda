"""What commands share: the database that they are given, who works on it, and the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from promo_contracts import Scope
from promo_engine import DocumentError, PluginError

if TYPE_CHECKING:
    from promo_server.code_keys import CodeKeys
    from promo_server.services.companies import Holder
    from promo_server.services.context import Context
    from promo_server.services.words import CodeWords

database_option = click.option(
    "--database",
    metavar="PATH|URL",
    envvar="PROMO_DATABASE",
    default="promotions.db",
    show_default=True,
    help="A SQLite file, made when it is not there, or postgresql://user:password@host/name.",
)


@contextmanager
def opened(
    database: str, code_words: "CodeWords | None" = None, code_keys: "CodeKeys | None" = None
) -> "Iterator[Context]":
    """Open the database for one command; what cannot be is said in a sentence."""
    from promo_server.services.refusal import Refusal
    from promo_server.storage import StorageError

    context = context_of(database, code_words, code_keys)
    try:
        yield context
    except (Refusal, DocumentError, StorageError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        context.database.close()


def context_of(database: str, code_words: "CodeWords | None" = None, code_keys: "CodeKeys | None" = None) -> "Context":
    """Open the database, or say in a sentence why it cannot be."""
    from promo_server.services.context import NO_KEYS, NO_WORDS, create_context
    from promo_server.storage import StorageError

    try:
        return create_context(database, code_words=code_words or NO_WORDS, code_keys=code_keys or NO_KEYS)
    except (PluginError, StorageError) as error:
        raise click.ClickException(str(error)) from None


def operator_of(company_id: str) -> "Holder":
    """Return who works for a company at this machine: whoever may open the database may do everything."""
    from promo_server.services.companies import Holder

    return Holder(company_id, "operator", frozenset({Scope.ADMIN}))


def log_to_stderr(level: str) -> None:
    """Write the log to stderr."""
    import logging

    # Other libraries' finer levels would log rows and headers: codes, carts, keys.
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("promo_server", "promo_engine"):
        logging.getLogger(name).setLevel(level.upper())
