"""The login service over HTTP: its own API, what foreign clients speak, and what every request passes."""
