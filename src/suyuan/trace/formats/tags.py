"""Python's parser of tags for text that may be made to hurt: its time grows with the text alone, and it refuses nothing."""

from html import unescape
from html.parser import HTMLParser

COMMENT, SECTION = "<!--", "<!["


class Tags(HTMLParser):
    """Reads tags and what stands between them; characters that are spelled as entities come as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fed = 0
        """Characters that were read so far."""
        self._endless: set[str] = set()
        """What has begun in the text at hand and does not end in it: so nothing of its kind does that begins later."""

    def feed(self, data: str) -> None:
        """Read a piece of the text."""
        self.fed += len(data)
        self._endless.clear()
        super().feed(data)

    def close(self) -> None:
        """Read what is left; behind the last bracket no tag ends, and all is text, be it `<td<td<td`."""
        end = self.rawdata.rfind(">") + 1
        rest, self.rawdata = self.rawdata[end:], self.rawdata[:end]
        super().close()
        if self.cdata_elem is None and rest:
            self.handle_data(unescape(rest))

    def parse_comment(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002 - the library's signature
        """Give where a comment ends, or -1; the library would look through the whole text for the end of each."""
        if COMMENT in self._endless:
            return -1
        end = super().parse_comment(i, report)
        if end < 0:
            self._endless.add(COMMENT)
        return end

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002 - the library's signature
        """Give where a section of CDATA and the like ends, or -1; one of a name that nobody knows is a comment."""
        if SECTION in self._endless:
            return -1
        try:
            end = super().parse_marked_section(i, report)
        except AssertionError:
            # The library's word on a name that it does not know.
            return self.parse_bogus_comment(i)
        if end < 0:
            self._endless.add(SECTION)
        return end
