"""A board without hardware: devices that behave as the real ones do, driven by a host over a pipe."""
