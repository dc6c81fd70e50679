"""The systemd unit: systemd itself reads it where it is here, and it keeps suyuan shut in."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging/suyuan.service"
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "CapabilityBoundingSet": "",
    "LimitCORE": "0",
    "UMask": "0077",
    "User": "suyuan",
    "KillSignal": "SIGTERM",
}


def unit() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text())
    return parser


def test_it_is_shut_in() -> None:
    service = dict(unit()["Service"])
    assert {key: service.get(key) for key in HARDENED} == HARDENED


def test_it_holds_no_secret_and_runs_what_is_installed() -> None:
    service = unit()["Service"]
    assert not re.search(r"(?i)password\s*=|secret\s*=", UNIT.read_text())
    assert service["ExecStart"].startswith("/opt/suyuan/bin/suyuan serve ")
    assert "--host 127.0.0.1" in service["ExecStart"]
    assert int(service["TimeoutStopSec"]) >= 60


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_reads_it(tmp_path: Path) -> None:
    here = tmp_path / "suyuan.service"
    here.write_text(UNIT.read_text().replace("/opt/suyuan/bin/suyuan", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_finds_it_little_exposed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", UNIT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-400:]


def test_the_account_has_no_shell() -> None:
    lines = [line for line in (ROOT / "packaging/suyuan.sysusers").read_text().splitlines() if not line.startswith("#")]
    (line,) = lines
    assert line.startswith("u suyuan - ")
    assert line.endswith(" /usr/sbin/nologin")
