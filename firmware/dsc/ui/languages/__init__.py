"""The texts of the token, one module for each language; every name is in each of them."""
