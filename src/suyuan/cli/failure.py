"""Errors as a person meets them: one line, a hint, an exit code; never a value."""

import errno
import os
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import typer

from suyuan.cli.output import print_json, say
from suyuan.errors import SuyuanError, UnavailableError, place_of
from suyuan.legible import printable
from suyuan.web.sentences import in_chinese

BUG: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
_SYSTEM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
_MAIN: Final = {"collect": "import", "mark": "selftest", "trace": "dump"}
"""The action of each stage that a file without an action is meant for."""


class Said(NamedTuple):
    """What is said of an error: its line, a way out, and what its code means in Chinese; "" where there is none."""

    message: str
    hint: str = ""
    chinese: str = ""


def wants_chinese(arguments: Sequence[str], *, environment: Mapping[str, str]) -> bool:
    """Say whether errors are told in Chinese too: `--lang` says so, or else the language of the environment."""
    for option, value in zip(arguments, (*arguments[1:], ""), strict=False):
        if option == "--lang" or option.startswith("--lang="):
            return (value if option == "--lang" else option.partition("=")[2]) == "zh"
    set_by = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, set_by), "").startswith("zh")


def tell(error: BaseException, *, as_json: bool, chinese: bool = False) -> int:
    """Say on standard error what went wrong, and give the exit code.

    Args:
        as_json: also print the error as JSON on standard output, with its stable code.
        chinese: say in Chinese, on a line below, what the error's code means.
    """
    match error:
        case SystemExit(__context__=BrokenPipeError()):
            # The parser leaves with 1 where a reader has enough.
            _close_output()
            return BROKEN_PIPE
        case SystemExit():
            return error.code if isinstance(error.code, int) else BUG
        case BrokenPipeError():
            # Whoever read our output has enough.
            _close_output()
            return BROKEN_PIPE
        case KeyboardInterrupt() | typer.Abort():
            say("suyuan: interrupted")
            return INTERRUPTED
        case SuyuanError():
            said = Said(str(error), hint=error.hint, chinese=in_chinese(error.code) if chinese else "")
            return _lines(said, code=error.code, exit_code=error.exit_code, as_json=as_json)
        case OSError(errno=number) if number in _SYSTEM:
            _close_output()
            return _lines(
                Said(f"the system refused: {os.strerror(number)}", hint="make room or give the right, then try again"),
                code=UnavailableError.code,
                exit_code=UnavailableError.exit_code,
                as_json=False,
            )
        case typer.TyperException():
            return _usage(error, as_json=as_json)
        case _:
            return _bug(error, as_json=as_json)


def _close_output() -> None:
    """Let nothing more be written to standard output: what is still to be flushed must not raise again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lines(said: Said, *, code: str, exit_code: int, as_json: bool) -> int:
    # A line end within an id must not look like a line of suyuan's own.
    say(f"suyuan: error: {printable(said.message)}")
    if said.chinese:
        say(f"suyuan: 错误（{code}）：{said.chinese}")
    if said.hint:
        say(f"hint: {printable(said.hint)}")
    if as_json:
        told: dict[str, object] = {"code": code, "exit": exit_code, "message": said.message, "hint": said.hint}
        print_json({"error": told | ({"chinese": said.chinese} if said.chinese else {})})
    return exit_code


def _usage(error: typer.TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        say(error.format_message())
        return USAGE
    path = context.command_path if context is not None else "suyuan"
    message = _without_arguments(error.format_message().rstrip(".").replace("\n", " "))
    meant = _meant(message, group=getattr(context, "command", None), path=path)
    hint = f"did you mean `{meant}`" if meant else f"see `{path} --help`"
    return _lines(Said(message[:1].lower() + message[1:], hint=hint), code="usage", exit_code=USAGE, as_json=as_json)


def _meant(message: str, *, group: object, path: str) -> str:
    """Give the verb that was meant by an action without its stage, or by a stage with a file and no action."""
    typed = re.match(r"No such command '(.*?)'", message)
    if typed is None:
        return ""
    actions: dict[str, object] = getattr(group, "commands", {})
    main = _MAIN.get(path.rpartition(" ")[2])
    if main in actions and "." in typed[1]:
        return f"{path} {main}"
    stages = [name for name, stage in actions.items() if typed[1] in getattr(stage, "commands", {})]
    return f"{path} {stages[0]} {typed[1]}" if len(stages) == 1 else ""


def _without_arguments(message: str) -> str:
    """Give a message without what was typed: it may be a person's name. Options and verbs may be told."""
    message = re.sub(r"(extra arguments?(?:\(s\))?) \(.*\)", r"\1", message)
    if message.lower().startswith(("no such command", "no such option")):
        return message
    return re.sub(r"'(?!-)[^']*' is", "what was given is", message)


def _bug(error: BaseException, *, as_json: bool) -> int:
    """Say where suyuan failed; the text of a foreign exception may hold a value and is not repeated."""
    if os.environ.get("SUYUAN_TRACEBACK"):
        say("Traceback (values hidden):")
        for frame in traceback.extract_tb(error.__traceback__):
            say(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {frame.line}')
        say(f"{type(error).__module__}.{type(error).__qualname__}")
    return _lines(
        Said(
            f"a fault in suyuan itself: {type(error).__name__} {place_of(error)}",
            hint="please report this line; SUYUAN_TRACEBACK=1 shows more, with values hidden",
        ),
        code=SuyuanError.code,
        exit_code=BUG,
        as_json=as_json,
    )
