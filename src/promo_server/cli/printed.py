"""Tables and texts as a terminal may have them."""

from collections.abc import Sequence

import click


def print_table(rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> None:
    """Print rows under the first one, their heading; the columns ``numbers`` stand at the right."""
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = [
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def printable(text: str) -> str:
    r"""Return a text that does nothing to a terminal.

    >>> print(printable("o-1"), printable("o\x1b[2J"))
    o-1 'o\x1b[2J'
    """
    return text if text.isprintable() else repr(text)
