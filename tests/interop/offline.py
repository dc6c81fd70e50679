"""Run a program with the network off: in a network of its own, where nothing is but the loopback.

    python tests/interop/offline.py PROGRAM ARGUMENT...

Standard library only, so that any interpreter can run it.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_INTERFACE = struct.Struct("16sh22x")
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1
_INSIDE = "--inside"


def offline(command: Sequence[str | Path]) -> list[str]:
    """Give the command that runs `command` with the network off; whoever is not root becomes it inside only."""
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    return [*unshare, sys.executable, "-P", str(Path(__file__).resolve()), _INSIDE, *map(str, command)]


def raise_loopback() -> None:
    """Switch on the loopback of a new network, which is off at first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = bytearray(_INTERFACE.pack(b"lo", 0))
        fcntl.ioctl(any_socket, _GET_FLAGS, request)
        _, flags = _INTERFACE.unpack(request)
        fcntl.ioctl(any_socket, _SET_FLAGS, _INTERFACE.pack(b"lo", flags | _UP))


def main() -> None:
    words = sys.argv[1:]
    if words[0] == _INSIDE:
        raise_loopback()
        os.execvp(words[1], words[1:])
    sys.exit(subprocess.run(offline(words), check=False).returncode)


if __name__ == "__main__":
    main()
