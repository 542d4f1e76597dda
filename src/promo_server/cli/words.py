"""The operator's own lists of words, which codes are judged by."""

from pathlib import Path

import click

words_file = click.Path(path_type=Path, exists=True, dir_okay=False)


def _read_words(_context: click.Context, _option: click.Parameter, path: Path | None) -> frozenset[str]:
    from promo_server.services.words import read_words

    try:
        return frozenset() if path is None else read_words(path.read_text())
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}.") from None


allowed_option = click.option(
    "--allowed-words", callback=_read_words, type=words_file, help="A file: words no code is refused for."
)
denied_option = click.option(
    "--denied-words", callback=_read_words, type=words_file, help="A file: words no code may contain."
)
