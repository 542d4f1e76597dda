"""Changes the engine in small ways, one at a time, and sees whether a test notices: mutation testing, by mutmut."""
