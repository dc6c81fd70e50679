"""Reading a documentation page: its fenced blocks, its headings, its links. Pure text; no Markdown library."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("benchmarks/**/*.md")],
)

FENCE = re.compile(r"^(?P<fence>```+|~~~+)\s*(?P<language>[\w+-]*)[^`]*$")
NO_RUN = re.compile(r"^<!-- no-run: (?P<reason>\S.*) -->$")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\((?P<target>[^()\s]+(?:\([^()]*\)[^()\s]*)?)(?:\s+\"[^\"]*\")?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: its language, its text, the line its text begins on, and why it is not run, if it is not."""

    language: str
    text: str
    line: int
    no_run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One `$ ` line of a console block, the exit code it must end with, and the output shown below it."""

    line: int
    text: str
    exit_code: int
    shown: str


def name(page: Path) -> str:
    """Give the page's path as a reader of the repository sees it."""
    return str(page.relative_to(ROOT))


def blocks(text: str) -> Iterator[Block]:
    """Give the fenced blocks of a page in order; `<!-- no-run: reason -->` on the line above keeps one from running."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        opening = FENCE.match(lines[at])
        if opening is None:
            at += 1
            continue
        before = next((line for line in reversed(lines[:at]) if line.strip()), "")
        marker = NO_RUN.match(before.strip())
        end = next((k for k in range(at + 1, len(lines)) if lines[k].strip() == opening["fence"]), len(lines))
        yield Block(
            language=opening["language"],
            text="\n".join(lines[at + 1 : end]) + "\n",
            line=at + 2,
            no_run=marker["reason"] if marker else "",
        )
        at = end + 1


def commands(block: Block) -> list[Command]:
    r"""Give the commands of a console block.

    A trailing backslash joins the next line; `  # exit 4` at the end of a command says how it must end (0 otherwise).
    """
    found: list[Command] = []
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].startswith("$ "):
            raise AssertionError(f"line {block.line + at}: a console block begins with a `$ ` line")
        first = at
        text = lines[at][2:]
        while text.endswith("\\"):
            at += 1
            text = text[:-1] + lines[at].removeprefix("> ").strip()
        ending = re.search(r"\s+# exit (\d)$", text)
        at += 1
        shown = []
        while at < len(lines) and not lines[at].startswith("$ "):
            shown.append(lines[at].rstrip())
            at += 1
        found.append(
            Command(
                line=block.line + first,
                text=text[: ending.start()] if ending else text,
                exit_code=int(ending[1]) if ending else 0,
                shown="\n".join(shown).strip("\n"),
            )
        )
    return found


def matches(shown: str, printed: str) -> bool:
    """Say whether output agrees with what a page shows: `...` alone on a line is any lines, inside a line any text."""
    pattern = []
    for line in shown.splitlines():
        if line.strip() == "...":
            pattern.append(r"(?:[^\n]*\n)*?")
        else:
            pattern.append("[^\n]*?".join(map(re.escape, line.rstrip().split("..."))) + r"[ ]*\n")
    tidy = "".join(line.rstrip() + "\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch("".join(pattern), tidy) is not None


def prose(text: str) -> str:
    """Give a page without its fenced blocks and inline code, where nothing is a link."""
    kept = []
    fence = ""
    for line in text.splitlines():
        opening = FENCE.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif opening:
            fence = opening["fence"]
        else:
            kept.append(line)
    return re.sub(r"`[^`\n]+`", "", "\n".join(kept))


def links(text: str) -> list[str]:
    """Give the target of every link and picture in a page."""
    return [match["target"] for match in LINK.finditer(prose(text))]


def anchors(text: str) -> set[str]:
    """Give the anchors that a page's headings make, as the code hosts make them."""
    found: set[str] = set()
    inside = ""
    for line in text.splitlines():
        opening = FENCE.match(line)
        if inside:
            inside = "" if line.strip() == inside else inside
        elif opening:
            inside = opening["fence"]
        elif heading := re.match(r"^#{1,6}\s+(.*?)\s*#*$", line):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            number = 1
            while slug in found:
                slug = f"{slug}-{number}"
                number += 1
            found.add(slug)
    return found
