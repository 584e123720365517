"""A Pico on a maker's desk: the image onto it and back for comparison, or the sources onto a stock MicroPython."""
