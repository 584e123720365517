"""The command `picodsc`, one module a command group; words and exit codes only here."""
