"""A statement is no stronger than what was checked, in both languages, and repeats nothing that could hide text."""

import json
import string
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.evidence_world import Builder, World, honest_world, with_bits

from suyuan.errors import RefusedError
from suyuan.evidence import report, statement, verify
from suyuan.evidence.opening import TraceOpen
from suyuan.evidence.statement import _power_of_ten, moment
from suyuan.evidence.wording import CHINESE, ENGLISH


@pytest.fixture(scope="module")
def world() -> World:
    return honest_world()


def test_the_weakest_strength(world: World) -> None:
    text = statement(verify(world.write()))
    for part in (
        "Consistent; signer not authenticated",
        "Bits of the committed rows: the dump was not given",
        "Proposition 1: the dump contains records from the releases made to this account (entries 5, 6)",
        "Proposition 2: it does not",
        "names the copy, not the hand",
        "no probability of guilt",
        "linked to which person is the platform's word",
        "an examiner should have the linking repeated",
        "that these keys were drawn at random is the platform's word",
        "was set there to 1/1000000",
        "The platform knows the marked copy too",
    ):
        assert part in text
    assert "authenticated: the policy" not in text
    assert "Rows checked" not in text
    assert "CAUTION" not in text


def test_more_rows_left_out_than_linked_are_a_caution() -> None:
    def diluted(opened: TraceOpen) -> TraceOpen:
        return replace(opened, dump=replace(opened.dump, rows=opened.dump.matched + 4, strangers=4, unreadable=3))

    built = Builder(change_open=diluted).build()
    verified = verify(built.write(with_bits(built.bundle)))
    assert "CAUTION: 7 rows of the dump are strangers or unreadable, and only 6 were linked" in statement(verified)
    assert "注意：泄露文件中有 7 行为陌生人或不可读" in statement(verified, lang="zh")
    assert report(verified)["links"] == {"linked": 6, "strangers": 4, "unreadable": 3, "caution": True}
    assert report(verified)["trace"]["alpha"] == [1, 1_000_000]  # type: ignore[index]


def test_with_the_dump(world: World, tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(world.dump)
    verified = verify(world.write(), dump=path)
    assert "all 7 rows shown here" in statement(verified)
    assert "出示的 7 行" in statement(verified, lang="zh")


def test_fingerprint_is_that_of_the_log(world: World) -> None:
    assert world.key.verify_key.fingerprint in statement(verify(world.write()))


def test_the_accused_who_is_not_named_is_told_so(world: World) -> None:
    text = statement(verify(world.write()))
    assert "Account counter-8 (Counter 8)\nNot named" in text
    assert "This is no finding against it" in text


def test_the_languages_say_the_same_things() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    for key, sentence in ENGLISH.items():
        assert fields(sentence) == fields(CHINESE[key]), key


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_no_other_language(world: World) -> None:
    with pytest.raises(RefusedError):
        statement(verify(world.write()), lang="fr")  # type: ignore[arg-type]


def test_report_is_plain_data(world: World) -> None:
    data = json.loads(json.dumps(report(verify(world.write()))))
    assert data["log"]["authenticated"] is False
    first, second = data["accused"]
    assert (first["grade"], second["grade"]) == ("A", "N")
    assert first["marks_agreeing"] <= first["marks_read"]
    assert first["planted_found"] == 1


def test_a_name_cannot_move_the_cursor() -> None:
    class Sly(Builder):
        def recipient(self, suspect: int) -> tuple[bytes, dict[str, object]]:
            salt, opening = super().recipient(suspect)
            return salt, {**opening, "label": "\x1b[2Jinnocent\u202e"}

    world = Sly().build()
    text = statement(verify(world.write(with_bits(world.bundle))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "innocent" in text


@pytest.mark.parametrize(
    ("bits", "text"), [(0.0, "1.0"), (-1.0, "5.0e-01"), (-36.22, "1.3e-11"), (-412.37, "7.4e-125")]
)
def test_powers_of_ten_are_rounded_up(bits: float, text: str) -> None:
    assert _power_of_ten(bits) == text
    assert float(text) >= 2**bits * (1 - 1e-9)


def test_times_far_away_do_not_break_it() -> None:
    assert moment(0, words=ENGLISH) == "1970-01-01 00:00:00 UTC"
    assert moment(2**64 * 1000, words=ENGLISH).endswith("ms after 1970")


def test_the_verifier_needs_only_the_standard_library_and_cryptography(world: World, tmp_path: Path) -> None:
    """In a fresh interpreter: verify a bundle, then look at what was imported."""
    path = tmp_path / "leak.suyuan"
    path.write_bytes(world.write())
    script = (
        "import sys, pathlib; from suyuan.evidence import verify, statement;"
        f"print(statement(verify(pathlib.Path({str(path)!r}))));"
        "foreign = {m.split('.')[0] for m in sys.modules} - set(sys.stdlib_module_names);"
        "assert foreign <= {'__main__', 'suyuan', 'cryptography', '_cffi_backend', '_openssl'}, foreign;"
        "assert {m for m in sys.modules if m.startswith('suyuan.')} <= "
        "{'suyuan.errors'} | {m for m in sys.modules if m.startswith('suyuan.evidence')}"
    )
    source = Path(__file__).resolve().parents[3] / "src"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[str(source), *sys.path]!r}; {script}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The bundle is consistent")


def test_without_releases_shown_it_still_speaks(world: World) -> None:
    empty = with_bits(replace(world.bundle, persons=(), planted=()))
    assert "Not named" in statement(verify(world.write(empty)))
