"""Bad input, through the command line: one clear line each, the right exit code, no value told, nothing half-written."""

import io
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from tests.command_line import (
    CASES,
    CUSTOMERS,
    ROOT,
    Done,
    require_no_value,
    require_one_clear_line,
    run_here,
    run_program,
)

from suyuan.adapters.sqlite.writer_lock import WriterLock
from suyuan.app import open_reading
from suyuan.evidence.container import read_container, write_container

VERBS = {
    "import": ("collect", "import", "{}"),
    "export": (
        "release",
        "export",
        "{}",
        "--to",
        "acme",
        "--purpose",
        "fulfilment",
        "--contract",
        "C-7",
        "-o",
        "o.csv",
    ),
    "trace": ("trace", "dump", "{}", "--exact-only", "--report", "r.html", "--bundle", "b.suyuan"),
}
LOOKUP = ("release", "lookup", "KZ-7700771", "--account", "clerk-07", "--purpose", "delivery", "--case", "P-1")
BUNDLES = ROOT / "tests/vectors/bundles"


def header_and(*rows: bytes) -> bytes:
    return b"\n".join([b"customer,name,phone", *rows, b""])


def long_line() -> bytes:
    return header_and("KZ-7700771,欧阳铁柱,".encode() + b"1" * 100_000_000)


def mixed_encodings() -> bytes:
    one, other = "KZ-7700771,欧阳铁柱,13911112222", "KZ-7700772,司马铜锤,13933334444"
    return header_and(one.encode(), other.encode("gb18030"), b"KZ-7700773,\xff\xff\xfe,13911112222")


def truncated_parquet() -> bytes:
    frame = pl.DataFrame({"customer": ["KZ-7700771"] * 500, "name": ["欧阳铁柱"] * 500})
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()[:-40]


FILES = {
    "empty.csv": lambda: b"",
    "blank.csv": lambda: b"\n\n  \n",
    "binary.csv": lambda: bytes(range(256)) * 40,
    "zip.csv": lambda: b"PK\x03\x04" + bytes(500),
    "long.csv": long_line,
    "mixed.csv": mixed_encodings,
    "quote.csv": lambda: header_and(
        'KZ-7700771,"欧阳铁柱,13911112222'.encode(), "KZ-7700772,司马铜锤,13933334444".encode()
    ),
    "header.csv": lambda: b"customer,name,phone\n",
    "column.csv": lambda: "foo,bar\n幸福里大街,KZ-7700771x\n".encode(),
    "truncated.parquet": truncated_parquet,
}
"""Each of these is refused by every verb that takes a file."""

LENIENT = {("trace", "mixed.csv"), ("trace", "quote.csv")}
"""A dump is evidence as it was found: lines in several encodings are read as what each is."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "cases.csv").write_text(CASES, encoding="utf-8")
    for arguments in (("init", "store"), ("collect", "import", "customers.csv"), ("collect", "cases", "cases.csv")):
        store = () if arguments[0] == "init" else ("--store", "store")
        assert run_program(*arguments, *store, folder=folder).code == 0
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    shutil.copytree(made, folder)
    return folder


def run(here: Path, *arguments: object, **environment: str) -> Done:
    return run_program(*arguments, "--store", "store", folder=here, **environment)


def state(here: Path) -> dict[str, object]:
    """Give what must not change when a file is refused: people, ledger, files lying about."""
    with open_reading(here / "store") as reading:
        return {
            "people": dict(reading.people.counts()),
            "entries": reading.log.size,
            "files": sorted(
                str(p.relative_to(here)) for p in here.rglob("*") if p.suffix not in (".db-wal", ".db-shm")
            ),
        }


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_in_one_line(
    here: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / name).write_bytes(FILES[name]())
    monkeypatch.chdir(here / "store")
    before = state(here)
    for verb, arguments in VERBS.items():
        done = run_here(capsys, *(argument.format(here / name) for argument in arguments))
        if (verb, name) in LENIENT:
            require_no_value(done.out + done.err)
            continue
        require_one_clear_line(done, code=3)
        assert state(here) == before, f"{verb} changed something"


def test_a_bad_file_from_a_pipe(here: Path) -> None:
    for name in ("long.csv", "truncated.parquet"):
        done = run_program("collect", "import", "-", "--store", "store", folder=here, stdin=FILES[name]())
        require_one_clear_line(done, code=3)


@pytest.mark.parametrize("verb", VERBS)
def test_a_file_that_is_not_there(here: Path, verb: str) -> None:
    for name in ("missing.csv", "store"):
        require_one_clear_line(run(here, *(argument.format(name) for argument in VERBS[verb])), code=3)


def test_a_file_without_a_header_tells_no_value(here: Path) -> None:
    (here / "bare.csv").write_text("欧阳铁柱,13911112222,幸福里大街100号\n司马铜锤,13933334444,幸福里大街27号\n")
    for verb in ("import", "export"):
        require_one_clear_line(run(here, *(a.format("bare.csv") for a in VERBS[verb])), code=3)


def test_columns_outside_the_register_tell_no_value(here: Path) -> None:
    (here / "half.csv").write_text("customer,13911112222,mail2\nKZ-1,13933334444,tiezhu.ouyang@example.org\n")
    for verb in ("import", "export"):
        require_one_clear_line(run(here, *(a.format("half.csv") for a in VERBS[verb])), code=3)


def test_a_mixed_dump_is_traced_without_telling_a_value(here: Path) -> None:
    (here / "mixed.csv").write_bytes(mixed_encodings())
    done = run(here, "trace", "dump", "mixed.csv", "--exact-only")
    assert done.code == 0
    assert "unknown" in done.out
    require_no_value(done.out + done.err)


def test_bundles_that_are_none(tmp_path: Path) -> None:
    whole = (BUNDLES / "two-suspects-v1.suyuan").read_bytes()
    members = dict(read_container(whole))
    members["manifest.note"] = members["manifest.note"].replace(b"suyuan-bundle/v1", b"suyuan-bundle/v9")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    bad = {
        "version.suyuan": write_container(members),
        "flipped.suyuan": bytes(flipped),
        "short.suyuan": whole[:-100],
        "empty.suyuan": b"",
        "text.suyuan": CUSTOMERS.encode(),
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
        require_one_clear_line(run_program("verify", name, folder=tmp_path), code=4)
    require_one_clear_line(run_program("verify", "missing.suyuan", folder=tmp_path), code=3)
    assert run_program("verify", "-", folder=tmp_path, stdin=whole).code == 0


@pytest.mark.parametrize(
    ("part", "code"), [("keys.db", 5), ("data.db", 5), ("ledger.db", 5), ("policy/fields.toml", 5)]
)
def test_a_part_of_the_store_is_missing(here: Path, part: str, code: int) -> None:
    (here / "store" / part).unlink()
    require_one_clear_line(run(here, *LOOKUP), code=code)


def test_the_passphrase(here: Path) -> None:
    [own] = (here / ".config/suyuan").iterdir()
    (here / "other").write_text("another passphrase\n")
    (here / "other").chmod(0o600)
    require_one_clear_line(run(here, *LOOKUP, SUYUAN_PASSPHRASE_FILE=str(here / "nowhere")), code=5)
    require_one_clear_line(run(here, *LOOKUP, SUYUAN_PASSPHRASE_FILE=str(here / "other")), code=3)
    open_to_all = here / "open"
    shutil.copy(own, open_to_all)
    open_to_all.chmod(0o644)
    require_one_clear_line(run(here, *LOOKUP, SUYUAN_PASSPHRASE_FILE=str(open_to_all)), code=3)
    open_to_all.chmod(0o600)
    assert run(here, *LOOKUP, SUYUAN_PASSPHRASE_FILE=str(open_to_all)).code == 0


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("suyuan.toml", "version = 1\norigin = \n"),
        ("suyuan.toml", "version = 1\norigin = 'x.example/y'\ncolour = 'red'\n"),
        ("suyuan.toml", "version = 2\norigin = 'x.example/y'\n"),
        (
            "policy/purposes.toml",
            "[delivery]\nground = 'contract'\nacts = ['lookup']\nfields = { shoe_size = 'clear' }\n",
        ),
        ("policy/fields.toml", "[name]\nkind = 'nom'\n"),
    ],
)
def test_settings_that_are_wrong(here: Path, file: str, text: str) -> None:
    (here / "store" / file).write_text(text)
    require_one_clear_line(run(here, *LOOKUP), code=3)


def test_a_second_writer_waits_and_gives_up(here: Path) -> None:
    settings = here / "store/suyuan.toml"
    settings.write_text("lock_wait_seconds = 1.5\n" + settings.read_text())
    with WriterLock(here / "store/store.lock", 1):
        began = time.monotonic()
        require_one_clear_line(run(here, *LOOKUP), code=5)
        assert time.monotonic() - began >= 1.5
        assert run(here, "status").code == 0
        assert run(here, "ledger", "verify").code == 0
    assert run(here, *LOOKUP).code == 0


def mount(*arguments: str) -> None:
    if (
        shutil.which("mount") is None
        or subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode
    ):
        pytest.skip("this user or this machine may not mount")


@pytest.fixture
def disk(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB with a copy of the store on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder))
    try:
        shutil.copytree(made, folder, dirs_exist_ok=True)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    try:
        yield
    finally:
        ballast.unlink()


def test_a_full_disk(disk: Path) -> None:
    (disk.parent / "more.csv").write_text(CUSTOMERS.replace("KZ-77", "KZ-88").replace("1391111", "1391112"))
    with full(disk):
        require_one_clear_line(run(disk, "collect", "import", "../more.csv"), code=5)
        require_one_clear_line(run(disk, *LOOKUP), code=5)
        require_one_clear_line(run(disk, *(a.format("customers.csv") for a in VERBS["export"])), code=5)
        require_one_clear_line(run_program("init", "another", folder=disk), code=5)
        assert not (disk / "another").exists()
        assert not (disk / "o.csv").exists()
        assert not list(disk.glob(".o.csv*"))
    assert run(disk, "ledger", "verify").code == 0
    assert json.loads(run(disk, "status", "--json").out)["persons"] == 2
    assert run(disk, *LOOKUP).code == 0
    assert run(disk, "collect", "import", "../more.csv").code == 0
    assert run(disk, "ledger", "verify").code == 0


def test_a_full_disk_for_the_file_alone(here: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount("-t", "tmpfs", "-o", "size=16k", "tmpfs", str(small))
    try:
        with full(small):
            out = ("-o", small / "out.csv")
            done = run(here, *(a.format("customers.csv") for a in VERBS["export"][:-2]), *out)
            require_one_clear_line(done, code=5)
            assert [p.name for p in small.iterdir()] == ["ballast"]
        assert run(here, "ledger", "verify").code == 0
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_read_only_store(disk: Path) -> None:
    mount("-o", "remount,ro", str(disk))
    try:
        for arguments in (LOOKUP, ("collect", "import", "customers.csv"), ("init", "store2"), ("init", "store")):
            store = () if arguments[0] == "init" else ("--store", "store")
            require_one_clear_line(run_program(*arguments, *store, folder=disk), code=5)
        assert run(disk, "status").code == 0
        assert run(disk, "ledger", "show").code == 0
        assert run(disk, "ledger", "verify").code == 0
    finally:
        mount("-o", "remount,rw", str(disk))


def test_arguments_are_not_repeated(here: Path) -> None:
    asked = ("release", "lookup", "--by", "phone", "139-3333-4444x", "--account", "clerk-07", "--purpose", "delivery")
    require_one_clear_line(run(here, *asked), code=3)
    require_one_clear_line(
        run(here, "release", "lookup", "司马铜锤", "欧阳铁柱", "--account", "a", "--purpose", "p"), code=2
    )
