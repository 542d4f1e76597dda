"""The use cases of the value-store API: what is held, and the ledger that alone moves it."""
