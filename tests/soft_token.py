"""A token in software for tests: SoftHSM2 with its files in a temporary folder."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pkcs11
from tests.system_parts import require

LIBRARIES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/pkcs11/libsofthsm2.so"),
)
PIN = "correct-pin"


@dataclass(frozen=True)
class SoftToken:
    """A token that is ready: its library, its label, and a file with its PIN."""

    module: Path
    label: str
    pin_file: Path


@contextmanager
def soft_token(folder: Path, *, label: str = "suyuan-test") -> Iterator[SoftToken]:
    """Make a token of its own and let `SOFTHSM2_CONF` lead to it meanwhile."""
    require("softhsm2")
    tokens, configuration, pin_file = folder / "tokens", folder / "softhsm2.conf", folder / "pin"
    tokens.mkdir(parents=True)
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    pin_file.touch(0o600)
    pin_file.write_text(PIN + "\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "officer-pin"]
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        module = next(path for path in LIBRARIES if path.exists())
        # A library reads its configuration once for a process: an earlier test may have loaded it.
        pkcs11.lib(str(module)).reinitialize()
        yield SoftToken(module=module, label=label, pin_file=pin_file)
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
