"""``promo codes``: the codes of a promotion beside its own."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count as numbers_from
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from promo_server.cli.database import database_option, opened, operator_of
from promo_server.cli.printed import print_table, printable
from promo_server.cli.words import allowed_option, denied_option

if TYPE_CHECKING:
    from pydantic import BaseModel

    from promo_contracts.company.models import PromotionCode
    from promo_server.services.context import Context

    Body = TypeVar("Body", bound=BaseModel)

_SAID = {
    "promotion_code": "CODE",
    "count": "COUNT",
    "batch_id": "--batch",
    "prefix": "--prefix",
    "max_uses": "--max-uses",
}
"""What the fields of the API are called here."""

_max_uses = click.option(
    "--max-uses", type=int, metavar="N", help="How often each code may be used; without it the promotion's limits hold."
)


@click.group()
def codes() -> None:
    """Create, list and delete the codes of a promotion beside its own.

    PROMOTION is the id of a promotion of COMPANY, or its own code. Servers that run know of a change at once.
    """


@codes.command(
    epilog="""\b
Example:
  $ promo codes create shop SPRING20 FRIENDS20 --max-uses 500"""
)
@click.argument("company_id", metavar="COMPANY")
@click.argument("promotion")
@click.argument("code")
@_max_uses
@allowed_option
@denied_option
@database_option
def create(company_id: str, promotion: str, code: str, max_uses: int | None, database: str, **words: Any) -> None:
    """Give PROMOTION of COMPANY one more code, CODE: 4 to 20 letters and digits.

    Nobody in the company may have it already. It is judged with the lists of words that 'promo serve' is given.
    """
    from promo_contracts.company.models import CodeCreate
    from promo_server.services.promotion_codes import create_code

    request = _body(CodeCreate, promotion_code=code, max_uses=max_uses)
    with _at(database, words) as context:
        made = create_code(context, operator_of(company_id), *_place(context, company_id, promotion), request)
    click.echo(f"Created the code {made.promotion_code}; it may be used {_often(made.max_uses)}.")


@codes.command(
    epilog="""\b
Example:
  $ promo codes generate shop SPRING20 250 --batch mailing-7 --prefix SPRING --max-uses 1 --output codes.txt"""
)
@click.argument("company_id", metavar="COMPANY")
@click.argument("promotion")
@click.argument("count", type=int)
@click.option("--batch", required=True, metavar="NAME", help="Your own name for these codes, new in the company.")
@click.option("--prefix", default="", metavar="TEXT", help="What each begins with: up to 9 letters and digits.")
@_max_uses
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="A new file, for you alone to read.")
@allowed_option
@denied_option
@database_option
def generate(
    company_id: str,
    promotion: str,
    count: int,
    batch: str,
    prefix: str,
    max_uses: int | None,
    output: Path | None,
    database: str,
    **words: Any,
) -> None:
    """Make COUNT random codes for PROMOTION of COMPANY, up to 10,000, and print them, one a line.

    All of a batch is made, or nothing. The same command once more makes none, and prints those of the batch that are
    there: so nothing is lost when the first one was interrupted. Everything but the codes goes to stderr.
    """
    from promo_contracts.company.models import CodeBatchCreate
    from promo_server.services.code_batches import create_code_batch

    request = _body(CodeBatchCreate, batch_id=batch, count=count, prefix=prefix, max_uses=max_uses)
    with _at(database, words) as context, _written(output) as file:
        place = _place(context, company_id, promotion)
        made = create_code_batch(context, operator_of(company_id), *place, request)
        file.writelines(f"{one.promotion_code}\n" for one in made.codes)
    where = "" if output is None else f", written to {output}"
    click.echo(f"The batch {made.batch_id} has {len(made.codes)} codes{where}.", err=True)


@codes.command("list")
@click.argument("company_id", metavar="COMPANY")
@click.argument("promotion")
@click.option("--batch", metavar="NAME", help="Only those of this batch.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@database_option
def list_all(company_id: str, promotion: str, batch: str | None, as_json: bool, database: str) -> None:
    """List the codes of PROMOTION of COMPANY beside its own, newest first, with their uses LEFT.

    A use that is held or in doubt counts as used. A code without a limit of its own has '-' there.
    """
    from promo_contracts import write_json

    with _at(database) as context:
        found = list(_every(context, company_id, promotion, batch))
    if as_json:
        click.echo(write_json([one.model_dump() for one in found]).decode())
    elif not found:
        click.echo("There are no codes.")
    else:
        print_table([("CODE", "BATCH", "USES", "LEFT", "CREATED", "BY"), *map(_row, found)], numbers=(2, 3))


@codes.command()
@click.argument("company_id", metavar="COMPANY")
@click.argument("promotion")
@click.argument("code")
@database_option
def delete(company_id: str, promotion: str, code: str, database: str) -> None:
    """Delete CODE of PROMOTION of COMPANY, for good: it is nobody's from now on, and may be created again.

    What is held by it stays held. The promotion's own code cannot be deleted.
    """
    from promo_engine import code_form
    from promo_server.services.codes import look_up
    from promo_server.services.promotion_codes import delete_code

    with _at(database) as context:
        campaign_id, promotion_id = _place(context, company_id, promotion)
        with context.database.read() as connection:
            (found,) = look_up(connection, company_id, [code_form(code)]).values()
        if found is None or found.promotion_id != promotion_id:
            raise click.ClickException(f"{promotion} has no code {code!r} beside its own.")
        gone = delete_code(context, operator_of(company_id), campaign_id, promotion_id, found.id)
    click.echo(f"Deleted the code {gone.promotion_code}.")


@contextmanager
def _at(database: str, words: Mapping[str, Any] | None = None) -> "Iterator[Context]":
    """Open the database; a field that is wrong is said by the name that it has here."""
    from promo_server.services.refusal import InvalidFields
    from promo_server.services.words import CodeWords

    judged = CodeWords(words["allowed_words"], words["denied_words"]) if words else None
    try:
        with opened(database, judged) as context:
            yield context
    except InvalidFields as wrong:
        raise _wrong(wrong) from None


def _body(model: "type[Body]", **fields: Any) -> "Body":
    from pydantic import ValidationError

    from promo_contracts.problems import field_problems
    from promo_server.services.refusal import InvalidFields

    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise _wrong(InvalidFields(*field_problems(error, model))) from None


def _wrong(wrong: Any) -> click.ClickException:
    return click.ClickException("; ".join(f"{_SAID.get(one.field, one.field)} {one.message}" for one in wrong.problems))


def _place(context: "Context", company_id: str, promotion: str) -> tuple[str, str]:
    """Return the ids of a promotion's campaign and of itself."""
    from promo_server.services.context import load_company
    from promo_server.services.records import promotion_called

    with context.database.read() as connection:
        row = promotion_called(connection, load_company(connection, company_id).id, promotion)
    return row.campaign_id, row.id


def _every(context: "Context", company_id: str, promotion: str, batch: str | None) -> "Iterator[PromotionCode]":
    from promo_contracts.company.queries import CodeQuery
    from promo_server.services.promotion_codes import list_codes

    place = _place(context, company_id, promotion)
    for page in numbers_from(1):
        wanted = _body(CodeQuery, page=page, per_page=100, batch_id=batch)
        found = list_codes(context, operator_of(company_id), *place, wanted)
        yield from found.codes
        if not found.pagination.has_next:
            return


@contextmanager
def _written(path: Path | None) -> Iterator[TextIO]:
    """Open a new file that its owner alone can read, or stdout; a file that was not filled goes again."""
    if path is None:
        yield sys.stdout
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}. Nothing was made.") from None
    try:
        with os.fdopen(descriptor, "w") as file:
            yield file
    except BaseException:
        path.unlink()
        raise


def _row(one: "PromotionCode") -> tuple[str, ...]:
    limits = ("-" if number is None else str(number) for number in (one.max_uses, one.remaining_uses))
    return (
        one.promotion_code,
        one.batch_id or "-",
        *limits,
        f"{one.created_at:%Y-%m-%d %H:%M} UTC",
        printable(one.created_by),
    )


def _often(max_uses: int | None) -> str:
    return "as often as the promotion's limits admit" if max_uses is None else f"{max_uses} times at most"
