"""The parts of the engine's benchmark; benchmarks/engine.py runs it."""
