"""The token's flows, one module a screen or flow."""
