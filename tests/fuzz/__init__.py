"""The whole API against its own document: what schemathesis makes of it, in one process."""
