"""The policy: amounts, lifetimes, lengths and limits, in one dated table that an operator can override."""

from host_tools.policy.errors import PolicyError
from host_tools.policy.kinds import DeviceKind
from host_tools.policy.rules import Rules
from host_tools.policy.table import Policy

__all__ = ["DeviceKind", "Policy", "PolicyError", "Rules"]
