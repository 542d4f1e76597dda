"""The engine's subcommands of ``promo``."""

import click

from promo_engine.plugins import PluginError, discover


@click.command()
def plugins() -> None:
    """List the installed promotion types with their distributions and versions."""
    try:
        registered = discover().registered()
    except PluginError as error:
        raise click.ClickException(str(error)) from None
    rows = [("TYPE", "VERSION", "TITLE", "DISTRIBUTION")]
    for one in registered:
        origin = f"{one.distribution} {one.distribution_version}".strip()
        rows.append((one.type.name, one.type.version, one.type.title, origin))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, version, title, origin in rows:
        click.echo(f"{name:{widths[0]}}  {version:{widths[1]}}  {title:{widths[2]}}  {origin}")
