"""The login's rules, without I/O: time, counts and codes go in, decisions come out."""
