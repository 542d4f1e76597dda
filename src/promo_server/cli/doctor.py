"""``promo doctor``: whether all is well, in words."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from promo_server.cli.codes import code_keys_option
from promo_server.cli.database import database_option
from promo_server.cli.printed import printable

if TYPE_CHECKING:
    from promo_server.code_keys import CodeKeys
    from promo_server.services.diagnosis import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for a monitor.")
@click.option("--server", "servers", metavar="URL", multiple=True, help="A running server to ask; repeat for several.")
@code_keys_option
@database_option
def doctor(as_json: bool, servers: tuple[str, ...], code_keys: "CodeKeys", database: str) -> None:
    """Look whether the server can do its work, and what waits for somebody.

    It looks at the configuration, the database and its tables, the plugins (by pricing the newest carts once more), the
    clock, value stores and their ledger, and pending work: what is in doubt or late, grants that were rejected, and
    holds that no server sweeps. Each line is ok, a warning or a problem, with what to do about it. Nothing is changed;
    it may run beside servers. Plugins that kept failing are benched by each server process for itself: --server asks
    one whether it has.

    Ends with 1 when there is a problem: the server cannot do its work, or not as it should. Warnings end with 0.
    """
    from promo_contracts import write_json
    from promo_server.services.diagnosis import diagnose, worst
    from promo_server.services.running import ask_server

    findings = [*diagnose(database, code_keys=code_keys), *map(ask_server, servers)]
    if as_json:
        report = {"status": worst(findings).value, "checks": [asdict(one) for one in findings]}
        click.echo(write_json(report).decode())
    else:
        _print(findings)
    if worst(findings).is_problem:
        raise SystemExit(1)


def _print(findings: Sequence["Finding"]) -> None:
    for one in findings:
        click.echo(f"{one.level.value:9}{one.name:17}{printable(one.said)}")
        if one.todo:
            click.echo(f"{'':26}→ {printable(one.todo)}")
