"""The login service over HTTP: the application, and what every request passes on its way."""
