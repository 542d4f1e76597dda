"""The engine's benchmark runs to its end, and the engine applies what the floor applies."""

from benchmarks.engine.main import main


def test_a_short_run_without_peers_ends_well() -> None:
    assert main(["--without-peers", "--rounds", "1", "--seconds", "0.001", "--large", "200"]) == 0
