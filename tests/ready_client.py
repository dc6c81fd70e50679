"""Ask the process of `ready_program.py` for a program, in this one's place: `ready_client.py ADDRESS ARGUMENTS...`.

It reads as few modules as it can, since starting fast is all that it is for.
"""

import json
import os
import signal
import socket
import struct
import sys


def main() -> int:
    """Give the exit code of the program, as a shell tells it."""
    umask = os.umask(0)
    request = {
        "arguments": sys.argv[2:],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "umask": umask,
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.connect(sys.argv[1])
        data = json.dumps(request).encode() + b"\n"
        sent = socket.send_fds(server, [data], [0, 1, 2])
        server.sendall(data[sent:])
        # Who stops this one stops the program, which tells how it ended.
        signal.signal(signal.SIGTERM, lambda *_: server.shutdown(socket.SHUT_WR))
        # The streams are the program's now: a reader of its output must see the end of it when the program ends.
        for stream in (0, 1):
            os.close(stream)
        (code,) = struct.unpack("!i", server.recv(4))
    return code if code >= 0 else 128 - code


sys.exit(main())
