"""No path in the source leads to a clear value but through the door: who may open, who may unseal, who makes `Released`."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src/suyuan"
FILES = sorted(SOURCE.rglob("*.py"))

OPENS = {"open_group", "data_key", "data_keys"}
"""What gives data keys, beside the broker's `open`."""

MAKES = {"Released", "Answered", "ReleasedFile", "ReleasedList", "ListedRows"}
"""What is let out."""


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """Give (object, name) of every call in a file; the object is empty for a bare name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield ast.unparse(node.func.value), node.func.attr
            elif isinstance(node.func, ast.Name):
                yield "", node.func.id


def places(wanted: set[str]) -> dict[str, set[str]]:
    """Give the files that call each of these names."""
    found: dict[str, set[str]] = {}
    for path in FILES:
        for _, name in calls(path):
            if name in wanted:
                found.setdefault(name, set()).add(path.relative_to(SOURCE).as_posix())
    return found


def test_only_the_door_unseals() -> None:
    importing = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        if any(
            isinstance(node, ast.ImportFrom) and node.module == "suyuan.hold.unseal"
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert importing == {"release/door.py"}


def test_only_the_door_is_handed_data_keys() -> None:
    found = places(OPENS)
    assert found["open_group"] == {"release/door.py"}
    assert all(place.startswith(("hold/", "crypto/")) for place in found["data_key"] | found["data_keys"])
    opening = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        for owner, name in calls(path)
        if name == "open" and owner.split(".")[-1] in ("broker", "_broker")
    }
    assert opening == {"release/door.py"}


def test_what_is_let_out_is_made_behind_the_door() -> None:
    behind = {"release/door.py", "release/bulk.py", "release/listing.py"}
    for name, found in places(MAKES).items():
        # The client reads what came over HTTP, from another process's door.
        where = {place for place in found if not place.startswith("client/")}
        assert where <= behind, f"{name} is made in {sorted(where - behind)}"


def test_every_way_out_appends_before_it_opens() -> None:
    """In each function that opens keys, the entry's receipt is there already: it is an argument."""
    for path in (SOURCE / "release/door.py", SOURCE / "release/bulk.py", SOURCE / "release/listed_rows.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for call in ast.walk(node):
                opens = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                if opens and ast.unparse(call).split("(")[0].endswith(
                    ("open_group", "open_rows", "unsealer", "unseal_rows")
                ):
                    given = ast.unparse(call)
                    assert "receipt" in given, f"{path.name}: {given}"
