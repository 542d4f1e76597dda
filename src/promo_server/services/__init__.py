"""The use cases: one function each; no HTTP here."""
