"""The operator's keys for secret codes of value stores: made, given to a server, changed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promo_server.cli.database import database_option, opened

if TYPE_CHECKING:
    from promo_server.code_keys import CodeKeys


def _read_keys(_context: click.Context, _option: click.Parameter, path: Path | None) -> "CodeKeys":
    from promo_server.code_keys import CodeKeys, CodeKeysError, read_code_keys

    try:
        return CodeKeys() if path is None else read_code_keys(path.read_text())
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} is no text file.") from None
    except CodeKeysError as error:
        raise click.BadParameter(f"{path}: {error}.") from None


code_keys_option = click.option(
    "--code-keys",
    envvar="PROMO_CODE_KEYS",
    callback=_read_keys,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of keys for secret codes, a line for each, the one that writes first; without it there are none.",
)


@click.command("new-code-key")
@click.argument("key_id")
def new_code_key(key_id: str) -> None:
    """Print a new key for secret codes, called KEY_ID: a line for the file of --code-keys."""
    import secrets

    from promo_server.code_keys import SECRET_BYTES, CodeKeysError, read_code_keys, write_code_key

    line = write_code_key(key_id, secrets.token_bytes(SECRET_BYTES))
    try:
        read_code_keys(line)
    except CodeKeysError as error:
        raise click.BadParameter(f"{error}.") from None
    click.echo(line)


@click.command("rotate-codes")
@click.argument("company_id")
@code_keys_option
@database_option
def rotate_codes(company_id: str, code_keys: "CodeKeys", database: str) -> None:
    """Write all secret codes of COMPANY_ID anew by the first key of --code-keys, which must have the old ones, too."""
    from promo_server.services.context import load_company
    from promo_server.services.lightrail import codes

    with opened(database, code_keys=code_keys) as context:
        with context.database.read() as connection:
            load_company(connection, company_id)
        rotated = codes.rotate_codes(context, company_id)
    written = code_keys.writing
    assert written is not None
    click.echo(f"{rotated} codes were written anew; all secret codes of {company_id} are by the key {written.id}.")
