"""Every relative link leads somewhere, down to the heading; the index names every page."""

from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, anchors, links, name


@pytest.mark.parametrize("page", [pytest.param(page, id=name(page)) for page in PAGES])
def test_links_resolve(page: Path) -> None:
    for target in links(page.read_text()):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{name(page)} links to {target}, which is not there"
        assert there.is_relative_to(ROOT), f"{name(page)} links outside the repository: {target}"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there.read_text()), f"{name(page)} links to {target}: no such heading"


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs/README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.is_relative_to(ROOT / "docs"):
            continue
        reached.add(page)
        for target in links(page.read_text()):
            there = (page.parent / target.partition("#")[0]).resolve()
            waiting += [there] if there.is_file() else []
    missing = [name(page) for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in reached]
    assert not missing, f"no way leads from docs/README.md to {missing}"
