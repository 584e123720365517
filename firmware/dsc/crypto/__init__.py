"""Cryptography of the token, pure: bytes in, bytes out, nothing but `hashlib` and `struct` beneath."""
