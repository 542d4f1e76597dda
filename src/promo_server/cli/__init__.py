"""The server's subcommands of ``promo``, a module for each; ``promo.commands`` in pyproject.toml names them.

Database and web framework are imported when a command runs: ``promo --help`` reads these modules.
"""
