"""The login as a service: HTTP around the core."""
