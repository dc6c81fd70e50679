"""Tags made to hurt: they are read in time that grows with the text alone, and whatever stands in them is no error."""

import pytest

from suyuan.trace.formats.markup import FREE_CELLS, LineParser, Parser, TableParser
from suyuan.trace.formats.opendocument import DocumentParser
from suyuan.trace.formats.rows import Odd, Row
from suyuan.trace.formats.tags import Tags
from suyuan.trace.formats.xml_records import RecordParser

LONG = 1_000_000


class Seen(Tags):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def rows(*pieces: str, parser: Parser[Row] | None = None) -> list[Row]:
    parser = parser or TableParser()
    for piece in pieces:
        parser.feed(piece)
    parser.close()
    return list(parser.rows)


@pytest.mark.parametrize("unit", ["<td", "</td", "<!-- >", "<![CDATA[ >", "<![if[ >", "<a b='", "<?", "&#", "<!"])
@pytest.mark.parametrize("parser", [TableParser, RecordParser, LineParser])
def test_what_never_ends_is_looked_through_once(parser: type[Tags], unit: str) -> None:
    """Looked through once for each beginning, these would take hours."""
    one = parser()
    one.feed("<table><tr><td>" + unit * (LONG // len(unit)))
    one.close()


@pytest.mark.parametrize("odd", ["<![foo[ a ]]>", "<![", "<![ [", "<!ELEMENT a", "</", "<!-", "<?", "&#x99999999;"])
@pytest.mark.parametrize("parser", [TableParser, RecordParser, LineParser])
def test_no_mark_is_an_error(parser: type[Tags], odd: str) -> None:
    one = parser()
    one.feed(f"{odd}<table><tr><td>a</td></tr></table>{odd}")
    one.close()


def test_what_stands_behind_the_last_tag_is_text() -> None:
    one = Seen()
    one.feed("<p>a</p>b &amp; c<td d")
    one.close()
    assert one.text == "ab & c<td d"
    hidden = Seen()
    hidden.feed("a<script>b <td c")
    hidden.close()
    assert hidden.text == "a"


def test_a_comment_that_ends_in_a_later_piece_is_one() -> None:
    assert rows("<tr><td>a<!-- <td>", "b</td> --><td>c</td></tr><!-- ") == [["a", "c"]]
    assert rows("<tr><td><![CDATA[a<b]]></td></tr>") == [["a<b"]]


def test_cells_that_are_not_written_out_are_no_more_than_the_text_has_characters() -> None:
    row = '<tr><td rowspan="9999" colspan="9999">a</td></tr>'
    made = rows("<table>" + row * 2_000)
    assert sum(len(cells) for cells in made if isinstance(cells, list)) < 2_000 * (len(row) + 2) + FREE_CELLS
    # None is cut: its cells would stand in other columns.
    assert {len(cells) for cells in made[1:] if isinstance(cells, list)} == {1_000}
    assert sum(isinstance(cells, Odd) for cells in made) > 1_700
    household = '<tr><td rowspan="3">a</td><td>b</td></tr><tr><td>c</td></tr><tr><td>d</td></tr>'
    assert rows(household * 50) == [["a", "b"], ["a", "c"], ["a", "d"]] * 50


def sheet(*rows_of: str) -> list[Row]:
    return rows("<table:table>" + "".join(rows_of) + "</table:table>", parser=DocumentParser(table=0))


def test_what_a_spreadsheet_repeats_is_no_more_than_its_text_has_characters() -> None:
    cell = "<table:table-cell{}><text:p>a</text:p></table:table-cell>"
    many = ' table:number-columns-repeated="1000"'
    row = "<table:table-row{}>{}</table:table-row>"
    wide = sheet(*[row.format("", cell.format(many))] * 500)
    assert sum(isinstance(one, Odd) for one in wide) > 300
    assert {len(one) for one in wide if isinstance(one, list)} == {1_000}
    # Empty cells to the end of the sheet are in every row of it.
    usual = cell.format("") + f"<table:table-cell{many}/>"
    twice = cell.format(' table:number-columns-repeated="2"') + "<table:table-cell/>" + cell.format("")
    assert sheet(*[row.format("", usual), row.format("", twice)] * 200) == [["a"], ["a", "a", "", "a"]] * 200
    long = sheet(*[row.format(' table:number-rows-repeated="900"', cell.format(""))] * 200)
    assert len(long) < 150_000
