"""One module a second factor: what is asked of a device, and the verdict on what was typed."""
