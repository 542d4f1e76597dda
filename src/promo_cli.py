"""The ``promo`` command: its subcommands are found by name through the entry-point group ``promo.commands``.

A subcommand's module is imported when that subcommand is asked for, so ``promo --help`` and ``promo plugins`` never pay
for the server.
"""

from importlib.metadata import entry_points

import click

GROUP = "promo.commands"


class Commands(click.Group):
    """Subcommands by entry point, loaded when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all published subcommands."""
        return sorted(point.name for point in entry_points(group=GROUP))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one subcommand; one whose extra is not installed says which it needs."""
        for point in entry_points(group=GROUP, name=cmd_name):
            try:
                command: click.Command = point.load()
            except ModuleNotFoundError as error:
                missing = error.name
                raise click.ClickException(
                    f"'promo {cmd_name}' needs {missing!r}: pip install 'fairtill[server]'"
                ) from error
            return command
        return None


@click.command(cls=Commands)
@click.version_option(package_name="fairtill")
def main() -> None:
    """Promotions for Python storefronts: the price shown is the price charged."""
