"""The command line as tests use it: in this process, or as a program of its own; and persons with planted values."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ready_program import ready_command

from suyuan.cli import main

ROOT = Path(__file__).resolve().parent.parent

PLANTED = (
    "欧阳铁柱",
    "司马铜锤",
    "13911112222",
    "13933334444",
    "tiezhu.ouyang",
    "tongchui.sima",
    "幸福里大街",
    "KZ-770077",
)
"""Parts of the values below; they may be in a result that was asked for, and never in talk or an error."""

CUSTOMERS = """customer,name,phone,email,address
KZ-7700771,欧阳铁柱,13911112222,tiezhu.ouyang@example.org,上海市浦东新区幸福里大街100号3幢502室
KZ-7700772,司马铜锤,13933334444,tongchui.sima@example.org,北京市海淀区幸福里大街27号8层801室
"""

CASES = """case,account,customer,opened,closed
P-1,clerk-07,KZ-7700771,2026-01-01T08:00:00+08:00,
P-2,clerk-08,KZ-7700772,2026-01-01,2026-02-01
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str


def run_here(capsys: pytest.CaptureFixture[str], *arguments: object) -> Done:
    """Run the command line in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    code = ended.value.code
    return Done(code=code if isinstance(code, int) else 1, out=printed.out, err=printed.err)


def run_program(*arguments: object, folder: Path, stdin: bytes = b"", timeout: float = 60, **environment: str) -> Done:
    """Run the command line as a program of its own, in a folder that is its home too."""
    done = subprocess.run(
        [ready_command(), *map(str, arguments)],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            **environment,
        },
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def require_one_clear_line(done: Done, *, code: int) -> None:
    """Require an error as the command line promises it: one line, perhaps a hint, the exit code, and no value."""
    assert done.code == code, f"exit {done.code}\n{done.out}\n{done.err}"
    lines = done.err.splitlines()
    assert lines, "nothing was said"
    assert lines[0].startswith("suyuan: error: "), done.err
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("hint: ")), done.err
    require_no_value(done.out + done.err)


def require_no_value(text: str) -> None:
    """Require that no planted value is in a text."""
    found = [value for value in PLANTED if value in text]
    assert not found, f"personal values in what was printed: {found}"
