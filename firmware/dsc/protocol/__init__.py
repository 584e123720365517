"""What token, station and verifier say to each other and keep: PIN rules, records, messages; bytes only."""
