"""At least 40 files, each of another ugliness: read right or refused with a reason, and none silently wrong."""

from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from tests.leaked_judge import found_too, mistakes
from tests.leaked_people import FIELDS
from tests.uglier_files import Ugly, uglier
from tests.ugly_files import Case, every_case, people

from suyuan.errors import SuyuanError
from suyuan.trace.files.aside import Aside
from suyuan.trace.ingest import ingest

CASES = every_case()


@pytest.mark.parametrize("case", [case for case in CASES if case.refused is None], ids=lambda case: case.name)
def test_an_ugly_file_is_read_right(tmp_path: Path, case: Case) -> None:
    path = tmp_path / "dump"
    path.write_bytes(case.content)
    aside = Aside(tmp_path / "aside.csv")
    dump = ingest(path, fields=FIELDS, aside=aside)
    aside.close()
    assert not mistakes(
        dump, truth=[p and dict(zip(case.fields, p.cells(case.fields), strict=True)) for p in case.truth]
    )
    assert case.name == "Big5" or not found_too(dump, fields=case.fields)
    kept = pl.read_csv(tmp_path / "aside.csv", infer_schema=False)
    assert [int(row) - 1 for row in kept["row"]] == [n for n, person in enumerate(case.truth) if person is None]
    assert dump.rows + dump.unreadable == dump.read
    assert sum(dump.reasons.values()) == dump.unreadable
    assert dump.sha256 == sha256(case.content).digest()


@pytest.mark.parametrize("case", [case for case in CASES if case.refused is not None], ids=lambda case: case.name)
def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path: Path, case: Case) -> None:
    path = tmp_path / "dump"
    path.write_bytes(case.content)
    with pytest.raises(SuyuanError) as refused:
        ingest(path, fields=FIELDS)
    assert refused.value.code == case.refused
    assert refused.value.hint
    assert not any(value in f"{refused.value} {refused.value.hint}" for p in people() for value in p.cells())


def test_the_corpus_has_forty_uglinesses_and_nearly_all_are_read() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(case.refused is None for case in CASES) >= 0.9 * len(CASES)


@pytest.mark.parametrize("ugly", uglier(), ids=lambda ugly: ugly.name)
def test_an_uglier_file_is_read_right_or_refused(tmp_path: Path, ugly: Ugly) -> None:
    path = tmp_path / "dump"
    path.write_bytes(ugly.content)
    if ugly.truth is None:
        with pytest.raises(SuyuanError) as refused:
            ingest(path, fields=FIELDS)
        assert refused.value.code in ugly.codes
        return
    dump = ingest(path, fields=FIELDS)
    assert not mistakes(dump, truth=ugly.truth)
    assert not found_too(dump, fields=[*next(row for row in ugly.truth if row is not None)])


def test_columns_are_told_from_all_over_a_large_file(tmp_path: Path) -> None:
    """The first three thousand rows show nothing of a number; the rest of the file does."""
    path = tmp_path / "dump.csv"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(
            f"{p.name},{'' if n < 3_000 else p.phone},note {n} {'.' * 60}\n" for n, p in enumerate(people(25_000))
        )
    dump = ingest(path, fields=FIELDS)
    assert set(dump.kinds) == {"name", "phone"}
    assert dump.rows == 25_000
