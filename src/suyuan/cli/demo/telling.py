"""How the story is told: texts of one language, printed on standard output."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from suyuan.legible import printable

_WIDTH = 100
_INDENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Prints texts with their figures in place. Figures are plain text: nothing in them is read as markup."""

    console: Console
    texts: Mapping[str, str]

    @classmethod
    def begin(cls, *, lang: str, quiet: bool) -> Self:
        """Read the texts; `quiet` tells nothing, for when figures alone are wanted."""
        source = files("suyuan.cli.demo").joinpath(f"words_{lang}.toml")
        sections = tomllib.loads(source.read_text(encoding="utf-8"))
        texts = {f"{section}.{key}": text for section, words in sections.items() for key, text in words.items()}
        console = Console(quiet=quiet, highlight=False, markup=False, emoji=False)
        console.width = min(console.width, _WIDTH) if console.is_terminal else _WIDTH
        return cls(console=console, texts=texts)

    def text(self, key: str, **figures: object) -> str:
        """Give a text."""
        safe = {name: printable(value) if isinstance(value, str) else value for name, value in figures.items()}
        return self.texts[key].format(**safe)

    def head(self, key: str, **figures: object) -> None:
        """Begin a step."""
        self.console.print()
        self.console.print(Text(self.text(key, **figures), style="bold"))

    def say(self, key: str, **figures: object) -> None:
        """Tell a paragraph."""
        self.console.print(Text(self.text(key, **figures)))

    def point(self, key: str, **figures: object) -> None:
        """Tell a line below a paragraph."""
        self.quote(self.text(key, **figures))

    def quote(self, text: str, *, style: str = "cyan") -> None:
        """Show a line as it stands somewhere else."""
        self.show(Text(printable(text), style=style))

    def show(self, what: RenderableType) -> None:
        """Show a table or a line, set in."""
        self.console.print(Padding(what, (0, 0, 0, _INDENT), expand=False))

    def command(self, text: str) -> None:
        """Show a command or a path on one line, to be copied whole."""
        self.console.print(Text(f"{' ' * _INDENT}{text}", style="green"), soft_wrap=True)
