"""The names of CircuitPython's typing module that Adafruit's drivers evaluate in annotations."""

ReadableBuffer = bytes | bytearray | memoryview
WriteableBuffer = bytearray | memoryview
