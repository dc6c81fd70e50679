"""The PDF says what the HTML says, in letters that there are, and takes nothing it is told for an order."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import typst
from tests.unit.trace.report.cases import (
    BESIDE,
    CASES,
    WRITTEN,
    account,
    attribution,
    bystanders,
    channel,
    dump,
    finding,
    named,
    partner,
)
from tests.unit.trace.report.test_html import Page

from suyuan.errors import UnavailableError
from suyuan.terms import FieldName, KindName
from suyuan.trace.naming.attribution import Attribution
from suyuan.trace.report import Beside, render_html, render_pdf
from suyuan.trace.report import pdf as module
from suyuan.trace.report.compose import compose
from suyuan.trace.report.fonts import LATIN, SIGNS, chinese_typeface, is_latin, require_covered, spelled_out
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.report.paper import Sheet
from suyuan.trace.report.pdf import catalogue_for, paper_json, set_pdf, widths

HAS_CHINESE = chinese_typeface() is not None
CHINESE = pytest.mark.skipif(not HAS_CHINESE, reason="needs fonts-noto-cjk")
LANGS = ["en", pytest.param("zh", marks=CHINESE)]


@cache
def report(case: str, lang: str = "en") -> bytes:
    return render_pdf(
        CASES[case](), lang=lang, bundle_name="case-7.suyuan", written_at=WRITTEN, beside=BESIDE.get(case)
    )


def data_of(traced: Attribution, *, lang: str = "en", beside: Beside | None = None) -> dict[str, object]:
    """What the setter is told."""
    catalogue = catalogue_for(lang, typeface=chinese_typeface())
    paper = compose(traced, beside=beside or Beside(), catalogue=catalogue, bundle_name="c.suyuan", written_at=WRITTEN)
    return paper_json(paper, catalogue=catalogue, typeface=chinese_typeface())


def said(data: object) -> Iterator[str]:
    """Every text that is shown, run by run."""
    if isinstance(data, dict):
        if set(data) == {"t", "s"}:
            yield str(data["t"])
        else:
            yield from (text for key, value in data.items() if key not in ("svg", "alt") for text in said(value))
    elif isinstance(data, list):
        yield from (text for value in data for text in said(value))
    elif isinstance(data, str):
        yield data


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def streams(pdf: bytes) -> bytes:
    """Everything in a PDF, unpacked."""
    parts = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            parts.append(found[1])
    return pdf + b"".join(parts)


@pytest.mark.parametrize(
    ("case", "lang"),
    [
        *((case, "en") for case in ("named", "partner-by-decoy", "nothing-linked", "lookups-named", "lookups-group")),
        *(pytest.param(case, "zh", marks=CHINESE) for case in ("named", "two-named", "lookups-named")),
    ],
)
def test_every_case_can_be_set(case: str, lang: str) -> None:
    made = report(case, lang)
    assert made.startswith(b"%PDF-1.7")
    pages = len(re.findall(rb"/Type\s*/Page\b", streams(made)))
    assert (2 if case == "nothing-linked" else 5) <= pages <= 10


def test_the_same_trace_gives_the_same_bytes() -> None:
    again = render_pdf(CASES["named"](), bundle_name="case-7.suyuan", written_at=WRITTEN, beside=BESIDE.get("named"))
    assert again == report("named")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("case", ["named", "lookups-named", "nothing-linked"])
def test_both_forms_say_the_same_sentences(case: str, lang: str) -> None:
    beside = BESIDE.get(case)
    page = Page(render_html(CASES[case](), lang=lang, bundle_name="c.suyuan", written_at=WRITTEN, beside=beside))
    html = squeezed(page.text)
    data = data_of(CASES[case](), lang=lang, beside=beside)
    own = {"foot", "page", "contents", "fonts", "mono", "keywords", "lang"}
    for section in [data["sections"], {key: value for key, value in data.items() if key not in own | {"sections"}}]:
        for text in said(section):
            if text not in ("para", "items", "steps", "pairs", "sheet", "figure", "plain", "part", "facts", "budget",
                            "propositions", "terms", "headline", "names"):  # fmt: skip
                assert squeezed(text) in html


def test_what_is_about_the_file_stands_in_the_metadata() -> None:
    made = streams(report("named"))
    assert b"Report on the source of a leaked file" in made
    assert b"pdfaid" in made
    assert b"pdfuaid" in made
    assert CASES["named"]().dump.sha256.hex().encode() in made
    assert b"2026-11-21T10:30:00" in made


HOSTILE = [
    '#eval("1+1")',
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.4"',
    "$ x^2 $ *b* _i_ `r` = h - l + e / t <a> @a //c /*d*/ \\ ~ ---",
    '"] #panic("got out") [',
    '#image("/etc/hostname")',
    "<em>&lt;sup&gt;</em> {{ 7*7 }} &amp;",
    "\u202e710a\u2066\u200b\x1b[31m\x00\n\r\t",
    "\u05d0\u05d1\u05d2 \u0634 \u0e01\u0e34 \U0001f600 e\u0301 \ue000",
    "x" * 256,
    "甲" * 128,
]


def test_what_comes_from_outside_is_text() -> None:
    """Every id is hostile, and so is everything else: all of them at once, since a page is set as a whole."""
    joined = " ".join(text for text in HOSTILE if len(text) < 100)
    mean = tuple(
        finding(account(evil), bits=99.0 + place, channels=(channel(evil, 99.0, 50, 1, 2),))
        for place, evil in enumerate(HOSTILE)
    )
    facts = replace(dump(joined.replace("/", "")), columns=(("0", FieldName(joined), KindName.TEXT),))
    traced = replace(attribution((*mean, *bystanders(2)), facts=facts), origin=joined)
    made = render_pdf(traced, bundle_name=joined.replace("/", "") + ".suyuan", written_at=WRITTEN)
    assert made.startswith(b"%PDF-1.7")
    assert b"root:x:0" not in streams(made)
    shown = "".join(said(data_of(traced)))
    assert all(evil in shown for evil in HOSTILE[:7])
    assert all(c == " " or c.isprintable() for c in shown)
    assert not re.search("[\u0590-\u08ff\u2066-\u2069\u202a-\u202e]", shown)


def test_the_setters_source_reads_and_imports_nothing() -> None:
    source = (Path(module.__file__).with_name("report.typ")).read_text()
    code = re.sub(r"(?m)^//.*$", "", source)
    assert not re.search(r"#?\b(eval|read|import|include|plugin|csv|yaml|toml|xml|cbor|bibliography)\b", code)
    assert code.count("sys.inputs") == 1
    assert set(re.findall(r"\b(?:json|image)\(([^,)]*)", code)) == {"bytes(sys.inputs.paper", "bytes(b.svg"}


def test_a_character_without_a_glyph_is_never_a_box() -> None:
    data = data_of(named())
    data["title"] = "a private \ue000 character"
    with pytest.raises(UnavailableError, match="could not be set"):
        set_pdf(data, typeface=chinese_typeface(), at=WRITTEN)
    assert spelled_out("a\ue000\u0634", typeface=chinese_typeface()) == "a\\ue000\\u0634"


def test_the_characters_called_covered_are(tmp_path: Path) -> None:
    covered = "".join(chr(code) for some in LATIN for code in some) + "".join(sorted(SIGNS))
    for family in ("Libertinus Serif", "DejaVu Sans Mono"):
        source = f'#set document(title: "t")\n#set text(font: "{family}", fallback: false, lang: "en")\n#sys.inputs.t'
        typst.compile(
            source.encode(), root=str(tmp_path), ignore_system_fonts=True, format="pdf", sys_inputs={"t": covered},
            pdf_standards=["a-2a", "ua-1"],
        )  # fmt: skip


def test_a_chinese_report_without_a_chinese_font_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "chinese_typeface", lambda: None)
    with pytest.raises(UnavailableError, match="no font with Chinese") as refused:
        render_pdf(named(), lang="zh", bundle_name=None, written_at=WRITTEN)
    assert refused.value.code == "trace.report-font"
    assert "fonts-noto-cjk" in refused.value.hint
    chinese = attribution((finding(account("张三"), bits=99.0),))
    assert render_pdf(chinese, bundle_name=None, written_at=WRITTEN).startswith(b"%PDF")


def test_english_needs_no_font_of_the_machine() -> None:
    require_covered(Catalogue.load(Language.EN).texts.values(), typeface=None)
    assert is_latin("é")
    assert spelled_out("张a", typeface=None) == "\\u5f20a"


@CHINESE
def test_a_chinese_font_is_read_by_its_own_tables() -> None:
    typeface = chinese_typeface()
    assert typeface is not None
    assert {ord(c) for c in "账号，。“”证据泄露龘"} <= typeface.characters
    assert 0xE000 not in typeface.characters
    assert 20_000 < len(typeface.characters) < 70_000
    assert spelled_out("张三 a017", typeface=typeface) == "张三 a017"


def test_ten_thousand_suspects_and_very_long_ids_fit() -> None:
    many = tuple(finding(account(f"{n:05}"), bits=1 - n / 1_000, suspects=10_000) for n in range(9_999))
    long = finding(partner("p" * 256), bits=77.0, suspects=10_000)
    made = render_pdf(attribution((long, *many)), bundle_name=None, written_at=WRITTEN)
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b", streams(made))) <= 10


def test_a_tables_columns_share_its_width_by_what_stands_in_them() -> None:
    sheet = data_of(named())
    tables = [b for s in sheet["sections"] for b in s["blocks"] if b["block"] == "sheet"]  # type: ignore[attr-defined]
    assert tables
    assert all(len(b["widths"]) == len(b["columns"]) for b in tables)
    empty = Sheet(number=1, caption=named().origin, columns=(), rows=())  # type: ignore[arg-type]
    assert widths(empty) == []
