"""The version of firmware and tools, in one place."""

VERSION = "0.1.0"
