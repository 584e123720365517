"""Codes by text message: their texts, the numbers that they go to, and the gateway that sends them."""
