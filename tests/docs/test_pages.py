"""The reader of pages reads them as a person would: the rules of tests/docs/pages.py themselves."""

import pytest
from tests.docs.pages import anchors, blocks, commands, links, matches

PAGE = """# A page: *one*, `two`

See [the other](other.md#part), ![a picture](a.svg "title") and `[not](a-link)`.

<!-- no-run: needs a terminal -->

```console
$ suyuan demo
```

```console
$ suyuan verify broken.suyuan  # exit 4
suyuan: error: ...
$ suyuan status \\
    --json
```

## A page: *one*, `two`
"""


def test_blocks() -> None:
    first, second = blocks(PAGE)
    assert first.no_run == "needs a terminal"
    assert not second.no_run
    one, two = commands(second)
    assert (one.text, one.exit_code, one.shown) == ("suyuan verify broken.suyuan", 4, "suyuan: error: ...")
    assert (two.text, two.exit_code, two.shown) == ("suyuan status --json", 0, "")
    assert PAGE.splitlines()[one.line - 1].startswith("$ suyuan verify")


def test_links_and_anchors() -> None:
    assert links(PAGE) == ["other.md#part", "a.svg"]
    assert anchors(PAGE) == {"a-page-one-two", "a-page-one-two-1"}


@pytest.mark.parametrize(
    ("shown", "printed", "agree"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\nc\n", False),
        ("a ... z", "a to z\n", True),
        ("a\n...\nz", "a\nb\nc\nz\n", True),
        ("a\n...\nz", "a\nz\n", True),
        ("...\nz", "a\ny\n", False),
        ("1.5 bits", "1x5 bits\n", False),
    ],
)
def test_matching(shown: str, printed: str, agree: bool) -> None:
    assert matches(shown, printed) is agree
