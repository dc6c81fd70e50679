"""`tools/system` installs what is missing and nothing else, and says what to do where it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest

APT = """#!/bin/sh
echo "$@" >> {log}
case "$*" in *update*) exit 100;; esac
{then}
"""
GIVES = "for each in strace; do printf '#!/bin/sh\\n' > {bin}/$each; chmod +x {bin}/$each; done"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with next to nothing on its path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("env", "sh", "chmod"):
        (folder / program).symlink_to(f"/usr/bin/{program}")
    sudo = folder / "sudo"
    sudo.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    sudo.chmod(0o755)
    return tmp_path


def apt(machine: Path, *, then: str) -> None:
    path = machine / "bin/apt-get"
    path.write_text(APT.format(log=machine / "log", then=then.format(bin=machine / "bin")))
    path.chmod(0o755)


def system(repository: Path, machine: Path, *packages: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, repository / "tools/system", *packages],
        env={"PATH": str(machine / "bin"), "HOME": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_there_needs_no_apt(repository: Path, machine: Path) -> None:
    (machine / "bin/strace").symlink_to("/usr/bin/env")
    done = system(repository, machine, "strace")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_what_is_missing_is_installed_and_only_once(repository: Path, machine: Path) -> None:
    (machine / "bin/openssl").symlink_to("/usr/bin/env")
    apt(machine, then=GIVES)
    for _ in range(2):
        done = system(repository, machine, "openssl", "strace")
        assert done.returncode == 0, done.stderr
    lines = (machine / "log").read_text().splitlines()
    assert len(lines) == 2
    assert lines[1].endswith("install -qy --no-install-recommends strace")


@pytest.mark.parametrize(
    ("then", "said"), [("exit 7", "could not install strace"), ("exit 0", "does not give what is needed"), (None, "")]
)
def test_what_cannot_be_had_is_told_with_a_way_out(
    repository: Path, machine: Path, then: str | None, said: str
) -> None:
    if then is not None:
        apt(machine, then=then)
    done = system(repository, machine, "strace")
    assert (done.returncode, done.stdout) == (5, "")
    error, hint = done.stderr.splitlines()[-2:]
    assert error.startswith("suyuan: error: ")
    assert said in error
    assert "strace" in error
    assert hint.startswith("suyuan: hint: ")


def test_an_old_node_is_as_good_as_none(repository: Path, machine: Path) -> None:
    node = machine / "bin/node"
    node.write_text("#!/bin/sh\necho v16.20.2\n")
    node.chmod(0o755)
    assert system(repository, machine, "nodejs").returncode == 5
    node.write_text("#!/bin/sh\necho v18.0.0\n")
    assert system(repository, machine, "nodejs").returncode == 0


def test_an_unknown_package_is_a_mistake_of_the_caller(repository: Path, machine: Path) -> None:
    assert system(repository, machine, "strase").returncode == 2
