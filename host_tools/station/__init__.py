"""Provisioning: blank units go in, sealed tokens with a serial come out."""
