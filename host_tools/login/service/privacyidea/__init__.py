"""privacyIDEA's interface to our logins: what its plug-ins for PAM, RADIUS and Keycloak send and read."""
