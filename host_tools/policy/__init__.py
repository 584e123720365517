"""The policy: amounts, lifetimes, lengths and limits, in one dated table that an operator can override."""
