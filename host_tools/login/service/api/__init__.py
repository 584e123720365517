"""The service's own API, under /v1: one module a kind of thing, the bodies in `models`, the errors in `problems_of`."""
