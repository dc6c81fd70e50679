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


def test_the_index_names_every_page() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in links(index.read_text())}
    missing = [name(page) for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in {index, *linked}]
    assert not missing, f"docs/README.md does not lead to {missing}"
