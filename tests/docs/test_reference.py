"""Nothing is undocumented: every verb of the command line and every error code has its line in docs/reference."""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

REFERENCE = ROOT / "docs/reference"
needs_command_line = pytest.mark.skipif(
    not (ROOT / "src/suyuan/cli/__init__.py").exists(), reason="there is no command line yet"
)


def reference() -> str:
    return "\n".join(page.read_text() for page in sorted(REFERENCE.glob("*.md")))


def called(node: ast.Call) -> str:
    """Give the last name of what is called; `ast.unparse` would take most of the time of a run."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def error_codes(path: Path) -> Iterator[str]:
    """Give every code a file can raise: `SomeError(..., code="...")`, and `code = "..."` in an error's class."""
    for node in ast.walk(ast.parse(path.read_text())):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call) and called(node).endswith("Error"):
            found = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        elif isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
            lines = [line for line in node.body if isinstance(line, ast.Assign)]
            found = [line.value for line in lines if ast.unparse(line.targets[0]) == "code"]
        for value in found:
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


@needs_command_line
def test_every_error_code_is_documented() -> None:
    codes = {code for path in sorted((ROOT / "src").rglob("*.py")) for code in error_codes(path)}
    explained = (REFERENCE / "errors.md").read_text()
    missing = sorted(code for code in codes if f"`{code}`" not in explained)
    assert not missing, f"docs/reference/errors.md does not explain {missing}"


def verbs() -> Iterator[str]:
    """Give every command a person can type, `suyuan release export` and the like."""
    import typer
    import typer.main

    cli = importlib.import_module("suyuan.cli")
    apps = [value for value in vars(cli).values() if isinstance(value, typer.Typer)]
    if not apps:
        app_module = importlib.util.find_spec("suyuan.cli.app")
        assert app_module is not None, "suyuan.cli shows no typer app, and there is no suyuan.cli.app"
        apps = [v for v in vars(importlib.import_module("suyuan.cli.app")).values() if isinstance(v, typer.Typer)]

    def walk(command: object, words: tuple[str, ...]) -> Iterator[str]:
        inner = getattr(command, "commands", None)
        if not inner:
            yield " ".join(words)
            return
        for word, below in inner.items():
            if not getattr(below, "hidden", False):
                yield from walk(below, (*words, word))

    for app in apps:
        yield from walk(typer.main.get_command(app), ("suyuan",))


@needs_command_line
def test_every_verb_is_documented() -> None:
    text = reference()
    missing = sorted({verb for verb in verbs() if verb not in text})
    assert not missing, f"docs/reference does not explain {missing}"
