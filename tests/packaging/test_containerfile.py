"""The Containerfile, read by rule: no engine that builds images is needed to see what must never be in one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "packaging/Containerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in TEXT.splitlines() if not line.lstrip().startswith("#")))
    found = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in found]


def last_stage() -> list[tuple[str, str]]:
    all_of_them = instructions()
    start = max(place for place, (word, _) in enumerate(all_of_them) if word == "FROM")
    return all_of_them[start:]


def test_every_instruction_is_one() -> None:
    known = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
             "ENTRYPOINT", "CMD"}  # fmt: skip
    assert {word for word, _ in instructions()} <= known


def test_it_names_no_address_to_download_from() -> None:
    assert not re.search(r"https?://(?!127\.0\.0\.1)|ftp://|curl|wget|ADD ", TEXT)
    assert all("/" not in rest.split()[0] for word, rest in instructions() if word == "FROM"), "a registry's host"


def test_what_is_installed_is_locked_or_of_the_distribution() -> None:
    for word, rest in instructions():
        for command in rest.split("&&") if word == "RUN" else ():
            if "pip install" in command:
                assert "--require-hashes" in command or "--no-index" in command, command


def test_everything_copied_is_there() -> None:
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists(), name


def test_no_secret_and_no_root() -> None:
    stage = dict(last_stage())
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", stage["USER"]), "a number: an engine then knows that it is not root"
    assert [word for word, _ in last_stage()].index("USER") < [word for word, _ in last_stage()].index("ENTRYPOINT")
    assert not re.search(r"passphrase=\S*[^/\w.=]|PASSWORD|TOKEN", TEXT)
    assert all("passphrase" not in rest or word == "ENV" for word, rest in instructions())
    assert "/var/lib/suyuan" in stage["VOLUME"]
    assert "/etc/suyuan" in stage["VOLUME"], "secret and data on volumes of their own"


def test_it_says_whether_it_lives_and_how_it_stops() -> None:
    stage = dict(last_stage())
    assert "/health" in stage["HEALTHCHECK"]
    assert stage["STOPSIGNAL"] == "SIGTERM"


@pytest.mark.parametrize("word", ["ENTRYPOINT", "CMD", "HEALTHCHECK"])
def test_no_shell_stands_between_the_engine_and_suyuan(word: str) -> None:
    """A shell as process 1 would swallow SIGTERM, and releases under way would be cut off."""
    assert "[" in dict(last_stage())[word]


def test_the_command_is_one_that_suyuan_has() -> None:
    from suyuan.cli.app import build

    command = dict(last_stage())["CMD"].strip("[]").replace('"', "").split(", ")
    names = {group.name for group in build().registered_commands}
    assert command[0] in names
