"""Runs drawing operations with whatever `framebuf` it is given; serves them as JSON lines on MicroPython.

A case is {"layout", "width", "height", "stride", "start" (hex), "operations": [[method, arguments...], ...]}. The
source of a blit is "itself", [hex, width, height, layout(, stride)], or a number, which is no picture; a palette
likewise.
"""

import json


def picture(framebuf, described, frame):
    if described == "itself":
        return frame
    if described is None or isinstance(described, int):
        return described
    return framebuf.FrameBuffer(bytearray(bytes.fromhex(described[0])), *described[1:])


def run(framebuf, case):
    """The buffer as hex, and what every operation returned, or the name of what it raised."""
    buffer = bytearray(bytes.fromhex(case["start"]))
    try:
        arguments = [buffer, case["width"], case["height"], case["layout"]]
        if case["stride"] is not None:
            arguments.append(case["stride"])
        frame = framebuf.FrameBuffer(*arguments)
    except (TypeError, ValueError) as error:
        return [type(error).__name__]
    returned = []
    for operation in case["operations"]:
        arguments = operation[1:]
        try:
            if operation[0] == "blit":
                arguments[0] = picture(framebuf, arguments[0], frame)
                if len(arguments) == 5:
                    arguments[4] = picture(framebuf, arguments[4], frame)
            returned.append(getattr(frame, operation[0])(*arguments))
        except (TypeError, ValueError) as error:
            returned.append(type(error).__name__)
    return [buffer.hex(), returned]


def serve():
    import sys

    import framebuf

    while True:
        line = sys.stdin.readline()
        if not line:
            return
        print(json.dumps(run(framebuf, json.loads(line))))


if __name__ == "__main__":
    serve()
