"""How the login service runs: its settings, its worker processes, its limits, logs and metrics."""
