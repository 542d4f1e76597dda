"""For all tests: what is no test."""

collect_ignore = ["compiled.py"]  # a plugin of pytest's, loaded by `dev.py test --compiled` alone
