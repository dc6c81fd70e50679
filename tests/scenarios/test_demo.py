"""The demonstration, told small: who is named, who never is, where the answer is unknown, and what it leaves behind."""

import json
import re
import string
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import ROOT, Done, run_here, run_program

from suyuan.cli.demo.world import World, invent, scale_of

PEOPLE, ACCOUNTS, RENTED = 450, 10, 2


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    folder = tmp_path_factory.mktemp("demo")
    size = ("--people", PEOPLE, "--accounts", ACCOUNTS)
    return folder / "kept", run_program("demo", *size, "--keep", folder / "kept", "--json", folder=folder, timeout=120)


@pytest.fixture
def figures(told: tuple[Path, Done]) -> Any:
    assert told[1].code == 0, told[1].err
    return json.loads(told[1].out)


def test_the_rented_accounts_are_named_as_leaked(figures: Any) -> None:
    assert len(figures["rented"]) == RENTED
    leaked = figures["dumps"]["as_leaked"]
    assert leaked["answer"] == "named"
    assert leaked["named"] == figures["rented"]
    for account in leaked["accounts"].values():
        assert account["bits"] >= leaked["line"]
        assert 0 < account["rows_it_took"] <= account["rows_in_dump"]


def test_nobody_else_is_ever_named(figures: Any) -> None:
    for dump in (*figures["dumps"].values(), figures["partner"], figures["elsewhere"]):
        assert dump["falsely_named"] == []


def test_where_nothing_is_left_the_answer_is_unknown(figures: Any) -> None:
    assert figures["dumps"]["full"]["answer"] == "unknown"
    assert figures["dumps"]["full"]["named"] == []
    assert figures["elsewhere"]["answer"] == "unknown"
    assert figures["elsewhere"]["linked"] == 0


def test_a_partner_is_named_though_every_form_is_gone(figures: Any) -> None:
    partner = figures["partner"]
    assert partner["named"] == ["partner swift"]
    alone = partner["bits_by_channel_alone"]
    assert alone["planted"] > partner["line"]
    assert max(alone["phone"], alone["address"]) < 5


def test_a_thief_of_the_database_finds_no_value(figures: Any) -> None:
    assert figures["import"]["people"] == PEOPLE
    assert figures["import"]["values_sought"] > 2 * PEOPLE
    assert figures["import"]["values_found"] == 0


def test_a_lookup_without_its_case_is_refused(figures: Any) -> None:
    assert figures["look_ups"]["refused"] == 3
    assert figures["ledger"]["counts"]["refuse"] == 3
    assert figures["ledger"]["counts"]["release"] == figures["look_ups"]["honest"] + figures["look_ups"]["stolen"]


def test_the_evidence_holds_and_one_flipped_bit_does_not(figures: Any) -> None:
    assert figures["evidence"]["verified"]
    assert sorted(figures["evidence"]["accused"]) == figures["rented"]
    assert figures["evidence"]["flipped_fails"]
    assert "\n" not in figures["evidence"]["flipped_line"]


def test_a_leaked_person_reads_who_looked_her_up(
    told: tuple[Path, Done], figures: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, person = told[0], figures["person"]
    done = run_here(capsys, "verify", kept / person["file"], "--policy", kept / "log.policy", "--json")
    assert done.code == 0, done.err
    read = json.loads(done.out)
    assert read["bound"]
    assert read["enrolments"][0]["identifier"] == person["customer"]
    assert read["range"] == {**read["range"], "first": 0, "end": person["complete_up_to"] + 1}
    whats = [entry["what"] for entry in read["entries"]]
    assert (whats.count("release"), whats.count("refusal")) == (person["releases"], person["refusals"])
    [hers] = [
        entry for entry in read["entries"] if entry["payload"] and entry["payload"].get("case") == rented_case(person)
    ]
    assert hers["entry"] == person["entry"]
    assert hers["recipient"] == {"kind": "account", "id": person["rented"]["account"]}
    assert person["rented"]["account"] in figures["rented"]


def rented_case(person: Any) -> str:
    """Give the case of the look-up that is told, which the invented world has too: same person, account and time."""
    told, work = person["rented"], world().work.lookups()
    [case] = work.filter(case=told["case"]).iter_rows(named=True)
    assert (case["customer"], case["account"]) == (person["customer"], told["account"])
    assert told["time"] == case["time"].strftime("%Y-%m-%d %H:%M UTC")
    assert told["purpose"] == "delivery"
    return str(case["case"])


def test_her_account_with_an_entry_left_out_is_refused(figures: Any) -> None:
    assert figures["person"]["omitted_fails"]
    assert "counts other entries" in figures["person"]["omitted_line"]
    assert "\n" not in figures["person"]["omitted_line"]


def test_who_is_erased_was_in_no_leaked_file_and_the_ledger_still_verifies(
    told: tuple[Path, Done], figures: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, person, erased = told[0], figures["person"], figures["person"]["erased"]
    assert erased["ledger_verified"]
    assert erased["erasures"] == 1
    assert person["complete_up_to"] < erased["entry"] < erased["ledger_entries"]
    files = (kept / "as_leaked.csv", "gb18030"), (kept / "partner.txt", "utf-8")
    leaked = "\n".join(re.sub(r"[^\d\n]", "", file.read_text(encoding=encoding)) for file, encoding in files)
    assert phone_of(person["customer"]) in leaked
    assert phone_of(erased["customer"]) not in leaked
    looked_up = world().work.lookups().filter(customer=erased["customer"])["account"]
    assert not erased["near"] or person["rented"]["account"] in looked_up.to_list()
    again = run_here(capsys, "hold", "erase", erased["customer"], "--yes", "--store", kept / "store")
    assert again.code == 3
    assert "nobody in the store" in again.err


@cache
def world() -> World:
    return invent(scale_of(people=PEOPLE, accounts=ACCOUNTS, seed=1))


def phone_of(customer: str) -> str:
    """Give the last ten digits of her phone, which every spelling of it keeps."""
    [phone] = world().people.filter(customer=customer)["phone"]
    return re.sub(r"\D", "", phone)[-10:]


def test_what_it_names_is_there(told: tuple[Path, Done], figures: Any, capsys: pytest.CaptureFixture[str]) -> None:
    kept = told[0]
    assert figures["folder"] == str(kept)
    for name in ("as_leaked", "partner"):
        assert (kept / f"{name}.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert not [path.name for path in kept.iterdir() if path.name.startswith("store-")], "a copy of the store was left"
    checked = run_here(
        capsys, "verify", kept / "as_leaked.suyuan", "--policy", kept / "log.policy", "--dump", kept / "as_leaked.csv"
    )
    assert checked.code == 0, checked.err
    assert run_here(capsys, "ledger", "verify", "--store", kept / "store").code == 0


def test_a_folder_in_use_is_left_alone(told: tuple[Path, Done], capsys: pytest.CaptureFixture[str]) -> None:
    again = run_here(capsys, "demo", "--keep", told[0])
    assert again.code == 3
    assert again.err.startswith("suyuan: error: --keep")


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_told_in_words(lang: str, tmp_path: Path) -> None:
    done = run_program("demo", "--people", 300, "--accounts", 4, "--lang", lang, folder=tmp_path, timeout=120)
    assert done.code == 0, done.err
    assert done.err == ""
    words = catalogue(lang)
    for section in ("seal", "work", "export", "leak", "partner", "elsewhere", "evidence", "person", "cost", "end"):
        assert words[section]["head"].split("{")[0] in done.out
    assert not re.search(r"\{\w+", done.out), "a figure is missing from its text"


def catalogue(lang: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(files("suyuan.cli.demo").joinpath(f"words_{lang}.toml").read_text(encoding="utf-8"))


def test_both_languages_say_the_same() -> None:
    english, chinese = catalogue("en"), catalogue("zh")
    for section, words in english.items():
        assert list(words) == list(chinese[section])
        for key, text in words.items():
            assert placeholders(text) == placeholders(chinese[section][key]), f"{section}.{key}"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_told() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/suyuan/cli/demo").glob("*.py"))
    built = {"leak.as_leaked", "leak.half", "leak.full", "leak.phone", "leak.address", "leak.name"}
    texts = {f"{section}.{key}" for section, words in catalogue("en").items() for key in words} - built
    assert not {text for text in texts if f'"{text}"' not in source}
