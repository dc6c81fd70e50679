"""The image, built and run as its documentation says, on a bare Debian that is made here: no registry is asked for anything."""

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.system_parts import require

ROOT: Final = Path(__file__).resolve().parents[2]
USER: Final = 10001
PORT: Final = 8470
CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
STARTS_WITHIN_SECONDS: Final = 60


class Engine:
    """buildah with a storage of its own, in a folder that goes with the test."""

    def __init__(self, folder: Path) -> None:
        self._to = (
            "buildah",
            "--root",
            str(folder / "storage"),
            "--runroot",
            str(folder / "run"),
            "--storage-driver",
            "vfs",
        )
        self._environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}

    def __call__(self, *words: str, cwd: Path = ROOT) -> str:
        done = subprocess.run(
            [*self._to, *words], cwd=cwd, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self._to, *words], env=self._environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a folder on a disk: an image and its layers are gigabytes."""
    made = Path(os.environ.get("SUYUAN_BENCH_DIR", "/var/tmp")) / f"suyuan-image-{os.getpid()}"
    made.mkdir(mode=0o700)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    """Build the image on a Debian of the oldest release that the product runs on."""
    if os.geteuid():
        pytest.fail("an image is built by root here: run this test as root")
    require("buildah", "debootstrap", "crun")
    subprocess.run(
        ["debootstrap", "--variant=minbase", "bookworm", folder / "debian"], check=True, stdout=subprocess.DEVNULL
    )
    engine = Engine(folder)
    bare = engine("from", "scratch").strip()
    engine("add", "-q", bare, str(folder / "debian"), "/")
    engine("config", "--env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", bare)
    engine("commit", "-q", bare, "debian:bookworm-slim")
    shutil.rmtree(folder / "debian")
    # What a machine needs to install packages at all, such as a certificate of its network's own, is lent while it is built.
    lent = folder / "pip.conf"
    lent.write_text("[global]\ncert = /mnt/certificates.crt\n")
    mounts = (
        [f"-v={lent}:/etc/pip.conf:ro", f"-v={CERTIFICATES}:/mnt/certificates.crt:ro"] if CERTIFICATES.exists() else []
    )
    engine("bud", "--pull-never", "--network=host", *mounts, "-f", "packaging/Containerfile", "-t", "suyuan", ".")
    return engine


@pytest.fixture(scope="module")
def container(engine: Engine) -> str:
    return engine("from", "--pull-never", "localhost/suyuan").strip()


@pytest.fixture(scope="module")
def volumes(folder: Path) -> tuple[str, str]:
    for name in ("data", "secret"):
        (folder / name).mkdir(mode=0o700)
        os.chown(folder / name, USER, USER)
    # Entered by another user; what is in it is not.
    os.chmod(folder, 0o755)
    return f"-v={folder / 'data'}:/var/lib/suyuan", f"-v={folder / 'secret'}:/etc/suyuan"


def answer(path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=4) as response:
        return str(response.read().decode())


def the_server() -> int:
    """Find the interpreter that serves, by its user; the engine's own processes carry the same words."""
    for entry in Path("/proc").iterdir():
        ours = entry.name.isdecimal() and entry.stat().st_uid == USER and b"serve" in (entry / "cmdline").read_bytes()
        if ours and Path(os.readlink(entry / "exe")).name.startswith("python"):
            return int(entry.name)
    raise AssertionError("no server of the image's user runs")


@pytest.mark.slow
def test_the_image_serves_a_store_of_its_own(
    engine: Engine, container: str, volumes: tuple[str, str], folder: Path
) -> None:
    told = engine(
        "run", *volumes, container, "suyuan", "init", "/var/lib/suyuan/store", "--origin", "log.example.org/shop"
    )
    assert "made a store" in told
    assert "uid=10001" in engine("run", *volumes, container, "id")
    server = engine.start("run", "--network=host", *volumes, container, "suyuan", "serve", "--host", "127.0.0.1", "--behind-proxy", "--store", "/var/lib/suyuan/store")  # fmt: skip
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            assert "ok" in answer("/health")
            break
        except OSError:
            assert server.poll() is None, server.communicate()[0]
            assert time.monotonic() < until, "it does not answer"
            time.sleep(0.2)
    assert "ready" in answer("/ready")
    os.kill(the_server(), signal.SIGTERM)
    said, _ = server.communicate(timeout=60)
    assert server.returncode == 0, said
    # Data and secret apart.
    assert (folder / "data" / "store" / "suyuan.toml").exists()
    assert not list((folder / "data").rglob("*passphrase*"))


@pytest.mark.slow
def test_what_a_build_needs_is_not_in_the_image(engine: Engine, container: str, volumes: tuple[str, str]) -> None:
    for word in ("pip", "gcc", "cc"):
        looked = f"import shutil, sys; sys.exit(shutil.which({word!r}) is not None)"
        engine("run", *volumes, container, "python3", "-c", looked)
    engine(
        "run",
        container,
        "python3",
        "-c",
        "import importlib.util, sys; sys.exit(importlib.util.find_spec('ensurepip') is not None)",
    )
