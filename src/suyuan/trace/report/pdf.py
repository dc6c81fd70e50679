"""The report of a trace as a PDF: the same sentences and pictures as the HTML, set by Typst.

The setter's source never changes; what a report says reaches it as data alone. Its folder is empty, packages have nowhere
to come from, and its fonts are its own and one Chinese family of this machine. The file is PDF/A-2a and PDF/UA-1: it can be
archived and read out, and setting it fails where a character has no glyph.
"""

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Final

from markupsafe import Markup

from suyuan.errors import UnavailableError
from suyuan.legible import printable
from suyuan.trace.naming.attribution import Attribution
from suyuan.trace.report.beside import Beside
from suyuan.trace.report.charts import WIDTH, ZOOM
from suyuan.trace.report.compose import compose
from suyuan.trace.report.figures import columns_of
from suyuan.trace.report.fonts import Typeface, chinese_typeface, require_covered, spelled_out
from suyuan.trace.report.messages import Catalogue, Language
from suyuan.trace.report.paper import Block, Figure, Items, Pairs, Paper, Para, Section, Sheet, Steps

SERIF: Final = "Libertinus Serif"
MONO: Final = "DejaVu Sans Mono"
"""Fonts that come with the setter."""

TEXT_WIDTH: Final = 690.0
"""Of a picture that fills the page's width, in its own pixels: so its letters are as large as the page's small ones."""

LEAST, MOST = 7, 22
"""Of a table's column, in half-width letters."""

_TAG: Final = re.compile(r"<(/?)(em|strong|sup)>")
_FONT: Final = re.compile(r'font-family="[^"]*"')
_BOX: Final = re.compile(r'viewBox="\S+ \S+ (?P<width>\S+) ')

Json = dict[str, object]
Runs = list[dict[str, str]]


def render_pdf(
    attribution: Attribution,
    *,
    lang: Language | str = Language.EN,
    bundle_name: str | None,
    written_at: datetime,
    beside: Beside | None = None,
) -> bytes:
    """Write the report of one trace as a PDF: the same bytes for the same trace, time and fonts.

    Args:
        bundle_name: the file name of the evidence bundle, or None if none was written.
        written_at: aware; the time that stands in the file.
        beside: what else is known: who signs the ledger, releases over time, victims' reports.
    Raises: UnavailableError: `trace.report-setter`, typst is not installed or failed; `trace.report-font`, no font has the characters
        of our own texts.
    Test: tests/unit/trace/report/test_pdf.py.
    """
    typeface = require_setter(lang)
    catalogue = catalogue_for(lang, typeface=typeface)
    paper = compose(
        attribution, beside=beside or Beside(), catalogue=catalogue, bundle_name=bundle_name, written_at=written_at
    )
    return set_pdf(paper_json(paper, catalogue=catalogue, typeface=typeface), typeface=typeface, at=written_at)


def catalogue_for(lang: Language | str, *, typeface: Typeface | None) -> Catalogue:
    """Give the texts of a language; what is put into them is spelled out where the fonts lack it."""
    legible: Callable[[str], str] = partial(shown_in, typeface=typeface)
    return replace(Catalogue.load(Language(lang)), legible=legible)


def shown_in(text: str, *, typeface: Typeface | None) -> str:
    """Give a text from outside in letters that there are."""
    return spelled_out(printable(text), typeface=typeface)


def require_setter(lang: Language | str) -> Typeface | None:
    """Require what a PDF in this language needs, before any work is done; give the Chinese font, if there is one.

    Raises: UnavailableError: `trace.report-setter`; `trace.report-font`.
    """
    try:
        import typst  # noqa: F401
    except ImportError as e:
        raise UnavailableError(
            "a report as PDF needs the package typst", code="trace.report-setter", hint="install suyuan[trace]"
        ) from e
    typeface = chinese_typeface()
    require_covered(Catalogue.load(Language(lang)).texts.values(), typeface=typeface)
    return typeface


def set_pdf(paper: Json, *, typeface: Typeface | None, at: datetime) -> bytes:
    """Set a paper.

    Raises: UnavailableError: the setter refuses it.
    """
    import typst

    source = files("suyuan.trace.report").joinpath("report.typ").read_bytes()
    with tempfile.TemporaryDirectory(prefix="suyuan-") as folder:
        root, fonts = Path(folder, "empty"), Path(folder, "fonts")
        root.mkdir()
        fonts.mkdir()
        for path in () if typeface is None else typeface.files:
            (fonts / path.name).symlink_to(path.resolve())
        try:
            setter = typst.Compiler(
                source,
                root=str(root),
                font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts)]),
                ignore_system_fonts=True,
                sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)},
                package_path=str(root),
                package_cache_path=str(root),
            )
            made = setter.compile(
                format="pdf", pdf_standards=["a-2a", "ua-1"], timestamp=at.astimezone(UTC).replace(microsecond=0)
            )
        except RuntimeError as e:
            raise UnavailableError(
                "the report could not be set as PDF", code="trace.report-setter", hint="write it as .html"
            ) from e
    if not isinstance(made, bytes):
        raise UnavailableError("the setter gave no PDF", code="trace.report-setter", hint="write it as .html")
    return made


def paper_json(paper: Paper, *, catalogue: Catalogue, typeface: Typeface | None) -> Json:
    """Give a paper as the data that `report.typ` reads."""

    def legible(text: str) -> str:
        return spelled_out(text, typeface=typeface)

    chinese = [] if typeface is None else [typeface.family]
    headline = legible(str(paper.headline.striptags()))
    return {
        "lang": "zh" if paper.language.startswith("zh") else "en",
        "title": legible(str(paper.title)),
        "description": headline,
        "keywords": ["suyuan", paper.sha256],
        "fonts": [SERIF, *chinese],
        "mono": [MONO, SERIF, *chinese],
        "foot": legible(str(paper.foot)),
        "page": catalogue.texts["title.page"],
        "contents": catalogue.text("title.contents"),
        "subtitle": runs(paper.subtitle, legible=legible),
        "facts": block_json(paper.facts, catalogue=catalogue, legible=legible, typeface=typeface),
        "sections": [
            section_json(section, catalogue=catalogue, legible=legible, typeface=typeface) for section in paper.sections
        ],
    }


def section_json(
    section: Section, *, catalogue: Catalogue, legible: Callable[[str], str], typeface: Typeface | None
) -> Json:
    """Give one section."""
    blocks = [block_json(b, catalogue=catalogue, legible=legible, typeface=typeface) for b in section.blocks]
    return {"heading": runs(section.heading, legible=legible), "blocks": blocks}


def block_json(block: Block, *, catalogue: Catalogue, legible: Callable[[str], str], typeface: Typeface | None) -> Json:
    """Give one block."""
    head: Json = {"block": block.block}
    match block:
        case Para():
            return head | {"style": block.style, "text": runs(block.text, legible=legible)}
        case Items():
            return head | {"lines": [runs(line, legible=legible) for line in block.lines]}
        case Steps():
            steps = [[runs(text, legible=legible), [legible(code) for code in codes]] for text, codes in block.steps]
            return head | {"steps": steps}
        case Pairs():
            pairs = [
                [runs(name, legible=legible), runs(text, legible=legible), is_digest(str(text))]
                for name, text in block.pairs
            ]
            return head | {"style": block.style, "pairs": pairs}
        case Sheet():
            return head | {
                "label": catalogue.text("title.table", n=block.number),
                "caption": runs(block.caption, legible=legible),
                "columns": [runs(column, legible=legible) for column in block.columns],
                "rows": [[strong, [legible(cell) for cell in cells]] for strong, cells in block.rows],
                "texts": block.texts,
                "widths": widths(block),
            }
        case Figure():
            return head | {
                "label": catalogue.text("title.figure", n=block.number),
                "caption": runs(block.caption, legible=legible),
                "alt": legible(block.alt),
                "svg": picture(block.svg, legible=legible, typeface=typeface),
                "share": share_of_width(block.svg),
            }


def widths(sheet: Sheet) -> list[int]:
    """Give how the columns of a table share its width: by their longest cell, or the longest word of their head."""
    cells = [[row[1][place] for row in sheet.rows] for place in range(len(sheet.columns))]
    heads = [str(head.striptags()).split() for head in sheet.columns]
    longest = [
        max(columns_of(text) for text in [*cell, *(word for word in head if word.isascii()), ""])
        for cell, head in zip(cells, heads, strict=True)
    ]
    return [max(LEAST, min(MOST, columns)) for columns in longest]


def runs(markup: Markup, *, legible: Callable[[str], str]) -> Runs:
    """Give a text as runs `{"t": text, "s": style}`: our own tags are styles, everything else is text."""
    found: Runs = []
    style, at = "", 0
    source = str(markup)
    for tag in _TAG.finditer(source):
        found.append({"t": legible(unescape(source[at : tag.start()])), "s": style})
        style, at = ("" if tag[1] else tag[2]), tag.end()
    found.append({"t": legible(unescape(source[at:])), "s": style})
    return [run for run in found if run["t"]]


def is_digest(text: str) -> bool:
    """Say whether a text is a digest in hexadecimal, which is set in letters of one width."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def picture(svg: Markup, *, legible: Callable[[str], str], typeface: Typeface | None) -> str:
    """Give a picture with the fonts that a PDF has, and no character that they lack."""
    family = SERIF if typeface is None else f"{SERIF}, {typeface.family}"
    return legible(_FONT.sub(f'font-family="{family}"', str(svg)))


def share_of_width(svg: Markup) -> float:
    """Give which share of the page's width a picture takes, so that the letters of all pictures have one size."""
    found = _BOX.search(svg)
    return min(1.0, float(found["width"]) / TEXT_WIDTH if found else WIDTH * ZOOM / TEXT_WIDTH)
