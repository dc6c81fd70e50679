from pathlib import Path

import polars as pl
import pytest

from suyuan.errors import RefusedError
from suyuan.simulation import (
    Normalisation,
    disguise,
    house_style,
    invent_people,
    invent_strangers,
    mistype,
    retype,
    take,
    write_dump,
)
from suyuan.terms import KindName


class Plain:
    """As much of a kind as retyping asks: the canonical form drops spaces, hyphens and a trunk code."""

    name = KindName.PHONE

    def canonical_column(self, column: pl.Series) -> pl.Series:
        digits = column.str.replace_all(r"[ +-]", "").str.replace("^86", "")
        return ("+86" + digits).zip_with(
            digits.str.contains(r"^1\d{10}$"), pl.Series([None] * len(column), dtype=pl.String)
        )


class Address(Plain):
    name = KindName.POSTAL_ADDRESS

    def canonical_column(self, column: pl.Series) -> pl.Series:
        return column


@pytest.fixture(scope="module")
def shown() -> pl.DataFrame:
    people = invent_people(900, seed=1, share_western=0.0).drop("updated")
    account = pl.Series("account", ["a001", "a002", "a003"] * 300)
    spaced = people["phone"].str.slice(0, 3) + " " + people["phone"].str.slice(3)
    return people.with_columns(account, phone=spaced)


def test_a_leak_holds_the_rows_of_its_accounts_and_strangers(shown: pl.DataFrame) -> None:
    strangers = invent_strangers(100, seed=2)
    leak = take(shown, accounts=["a001", "a002"], strangers=strangers, rows=500, seed=1)
    assert leak.frame.columns == shown.columns[:-1]
    assert leak.frame.height == len(leak.origin) == 600
    assert leak.origin.null_count() == 100
    assert sum(leak.rows_by_account.values()) == 500
    assert set(leak.rows_by_account) == {"a001", "a002"}
    truth = leak.frame.with_columns(leak.origin).join(shown, on=["phone", "account"], how="semi")
    assert truth.height == 500
    assert leak.frame.join(strangers, on="phone", how="semi").height == 100


def test_a_leak_is_seeded_and_shuffled(shown: pl.DataFrame) -> None:
    one, again, other = (take(shown, accounts=["a003"], seed=seed).frame for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)
    assert one.sort("customer").equals(other.sort("customer"))


def test_a_leak_of_nothing_is_refused(shown: pl.DataFrame) -> None:
    with pytest.raises(RefusedError, match="a999"):
        take(shown, accounts=["a001", "a999"], seed=1)
    with pytest.raises(RefusedError, match="column account"):
        take(shown.drop("account"), accounts=["a001"], seed=1)


@pytest.mark.parametrize(
    ("level", "low", "high"),
    [(Normalisation.AS_LEAKED, 0.0, 0.0), (Normalisation.HALF, 0.4, 0.6), (Normalisation.FULL, 1.0, 1.0)],
)
def test_retyping_reaches_its_share_of_rows(shown: pl.DataFrame, level: Normalisation, low: float, high: float) -> None:
    leak = take(shown, accounts=["a001"], seed=1)
    retyped = retype(leak, kinds={"phone": Plain(), "nothing": Plain()}, level=level, seed=4)
    changed = retyped.frame["phone"] != leak.frame["phone"]
    assert low <= changed.mean() <= high
    assert retyped.frame.drop("phone").equals(leak.frame.drop("phone"))
    assert retyped.frame["phone"].filter(changed).str.contains(r"^1\d{10}$").all()


def test_house_style_depends_on_the_canonical_form_alone() -> None:
    forms = pl.Series("phone", ["163 1234 5678", "+86 16312345678", "163-1234-5678", " 163****5678 ", None])
    assert house_style(forms, kind=Plain()).to_list() == ["16312345678"] * 3 + ["163****5678", None]
    address = pl.Series("address", ["河北省 邯郸市 3 幢", "17 Alder Road"])
    assert house_style(address, kind=Address()).to_list() == ["河北省邯郸市3幢", "17 Alder Road"]


def test_mistyping_leaves_other_columns(shown: pl.DataFrame) -> None:
    leak = take(shown, accounts=["a001"], seed=1)
    wrong = mistype(leak, columns=["name"], share=0.5, seed=1)
    assert wrong.frame.drop("name").equals(leak.frame.drop("name"))
    assert 0.4 < wrong.frame["name"].ne_missing(leak.frame["name"]).mean() < 0.6
    assert wrong.origin.equals(leak.origin)


def test_a_disguise_drops_renames_and_reorders(shown: pl.DataFrame) -> None:
    leak = take(shown, accounts=["a001"], seed=1)
    hidden = disguise(leak, drop=["name", "id_number"], rename={"phone": "手机"}, seed=3)
    assert set(hidden.frame.columns) == {"customer", "手机", "email", "address", "birth_date"}
    assert hidden.frame.columns != ["customer", "手机", "email", "address", "birth_date"]
    kept = disguise(leak, drop=["name"], seed=3, shuffle_columns=False)
    assert kept.frame.columns == [name for name in leak.frame.columns if name != "name"]
    assert hidden.frame["手机"].equals(leak.frame["phone"])


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_a_csv_reads_back(shown: pl.DataFrame, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "dump.csv"
    frame = pl.DataFrame({"name": ["王小明", "O'Brien, Sean", None], "note": ['say "hi"', "a|b", "x"]})
    write_dump(frame, path, encoding=encoding, separator="|")
    again = pl.read_csv(path.read_text(encoding=encoding).encode(), separator="|")
    assert again.equals(frame, null_equal=True)


def test_a_bare_file_has_lines_and_no_header(tmp_path: Path) -> None:
    path = tmp_path / "dump.txt"
    write_dump(pl.DataFrame({"a": ["王", None], "b": [1, 2]}), path, encoding="gb18030", separator="----", header=False)
    assert path.read_bytes().decode("gb18030") == "王----1\n----2\n"
    write_dump(pl.DataFrame({"a": ["x"], "b": ["y"]}), path, separator="----")
    assert path.read_text() == "a----b\nx----y\n"


def test_a_bare_file_that_would_not_read_back_is_refused(tmp_path: Path) -> None:
    for text in ("one----two", "one\ntwo"):
        with pytest.raises(RefusedError, match="occurs in b"):
            write_dump(pl.DataFrame({"a": ["x"], "b": [text]}), tmp_path / "d", separator="----")
    with pytest.raises(RefusedError, match="separator"):
        write_dump(pl.DataFrame({"a": ["x"]}), tmp_path / "d", separator="")
    assert not (tmp_path / "d").exists()
