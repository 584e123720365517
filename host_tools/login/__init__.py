"""The Secure Login System: accepts the devices' codes, each once, and sets the limits that they carry."""
