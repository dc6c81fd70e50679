"""The habits that no linter knows: sizes, names, what a room's door holds, error codes, nothing of one machine."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import suyuan
from suyuan.errors import SuyuanError

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/suyuan"
FILES = sorted(SOURCE.rglob("*.py"))
EMPTY_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}
LINES_AT_MOST = 400


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def tracked_files() -> list[Path]:
    """Give the files a clone would have: tracked, or new and not ignored. The folder itself where git is absent."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and ".git" not in path.parts]
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_source_file_is_long() -> None:
    long = [path for path in FILES if len(path.read_text().splitlines()) > LINES_AT_MOST]
    assert not long, f"over {LINES_AT_MOST} lines, so more than one room: {named(long)}"


def test_names_say_something() -> None:
    vague = [path for path in SOURCE.rglob("*") if path.stem in EMPTY_NAMES]
    assert not vague, f"a name that says nothing about what is inside: {named(vague)}"


def test_every_folder_of_code_is_a_package() -> None:
    bare = {path.parent for path in FILES if not (path.parent / "__init__.py").exists()}
    assert not bare, f"the import contract does not see a folder without __init__.py: {named(sorted(bare))}"


def holds_logic(path: Path) -> bool:
    """Say whether an `__init__.py` has more than a docstring, imports, `__all__` and `__version__`."""
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant(value=str())):
                continue
            case ast.Assign(targets=[ast.Name(id="__all__" | "__version__")]):
                continue
            case _:
                return True
    return False


def test_a_room_has_a_promise_and_no_logic_at_its_door() -> None:
    doors = [path for path in FILES if path.name == "__init__.py"]
    silent = [path for path in doors if ast.get_docstring(ast.parse(path.read_text())) is None]
    assert not silent, f"__init__.py without a docstring (the room's promise): {named(silent)}"
    busy = [path for path in doors if holds_logic(path)]
    assert not busy, f"__init__.py with logic: {named(busy)}"


def error_classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and any(
                ast.unparse(b).endswith(("Error", "Exception")) for b in node.bases
            ):
                yield path, node


def test_every_error_class_has_a_code_of_its_own() -> None:
    codes: list[str] = []
    for path, node in error_classes():
        own = [
            ast.literal_eval(line.value)
            for line in node.body
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code" and line.value
        ]
        assert own, f"{path.relative_to(ROOT)}: {node.name} has no `code`"
        codes += own
    twice = [code for code, count in Counter(codes).items() if count > 1]
    assert not twice, f"two error classes share a code: {twice}"


def test_errors_are_one_tree() -> None:
    for module in pkgutil.walk_packages(suyuan.__path__, "suyuan."):
        if module.name in {"suyuan.__main__"}:
            continue
        loaded = importlib.import_module(module.name)
        for value in vars(loaded).values():
            if isinstance(value, type) and issubclass(value, Exception) and value.__module__.startswith("suyuan."):
                assert issubclass(value, SuyuanError), f"{value.__module__}.{value.__name__} is outside the tree"


def imported_names(path: Path) -> set[str]:
    """Give every module that a file imports, wherever in the file the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_the_offline_verifier_stands_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"cryptography"}
    for path in sorted((SOURCE / "evidence").rglob("*.py")):
        for name in imported_names(path):
            stands_alone = name == "suyuan.errors" or name.split(".")[:2] == ["suyuan", "evidence"]
            assert stands_alone or name.split(".")[0] in allowed, f"{path.relative_to(ROOT)} imports {name}"


def test_a_stranger_reads_how_the_bits_are_reckoned_in_one_sitting() -> None:
    """What was opened becomes bits in one file, short enough to be checked by hand."""
    path = SOURCE / "evidence" / "arithmetic.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200
    foreign = {name for name in imported_names(path) if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"suyuan.evidence.opening"}, "the shapes of what was opened alone"


def test_the_offline_verifier_loads_nothing_else() -> None:
    modules = [f"suyuan.evidence.{path.stem}" for path in sorted((SOURCE / "evidence").glob("[a-z]*.py"))]
    script = f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\nprint(*sys.modules)"
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    foreign = (
        loaded
        - set(sys.stdlib_module_names)
        - {"__main__", "suyuan", "cryptography", "cffi", "_cffi_backend", "_openssl"}
    )
    # An editable install leaves finders behind; nothing of suyuan asked for them.
    foreign = {name for name in foreign if not name.startswith(("__editable__", "_virtualenv", "_distutils_hack"))}
    assert not foreign, f"the verifier loads {sorted(foreign)}"


def test_values_become_text_only_at_the_door_and_the_edges() -> None:
    """`Clear.reveal` is called by the door's last steps and by what writes a file or a screen."""
    for path in FILES:
        place = path.relative_to(SOURCE)
        if place.parts[0] in {"adapters", "cli", "web"} or place == Path("release/rendering.py"):
            continue
        calls = [
            node.lineno
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reveal"
        ]
        assert not calls, f"{path.relative_to(ROOT)}:{calls[0]} reveals a person's value"


# Each pattern is cut in two so that this file does not match itself.
FOREIGN = re.compile(
    r"(?:^|[^A-Za-z0-9_.])/(?:wo"
    r"rk|ro"
    r"ot|farm)/[A-Za-z]"
    r"|python"
    r"hosted\.org|py"
    r"pi\.org/simple|registry\.npm"
    r"js\.org|deb\.deb"
    r"ian\.org"
)


@pytest.mark.parametrize(
    ("text", "is_foreign"), [("see /ro" + "ot/x", True), ("a/wo" + "rk/x", False), ("roots", False)]
)
def test_the_search_for_one_machines_words_works(text: str, is_foreign: bool) -> None:
    assert bool(FOREIGN.search(text)) == is_foreign


def test_nothing_of_one_machine_is_in_the_repository() -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]!r}" for match in FOREIGN.finditer(text)]
    assert not found, f"a path or host that a reader's machine does not have: {found}"
