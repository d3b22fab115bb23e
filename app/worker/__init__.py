"""Jobs that nobody waits for."""
