"""`suyuan verify`: an evidence bundle judged offline."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, Lang, LangOption
from suyuan.cli.output import print_json, result
from suyuan.cli.trust import read_policy_text

EXAMPLE = """
  suyuan verify leak.suyuan --policy log.policy --dump leaked.csv
"""


def run(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A .suyuan file; - for standard input.")],
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="C2SP tlog-policy: which log key and witnesses you trust."),
    ] = None,
    dump: Annotated[
        Path | None, typer.Option("--dump", metavar="FILE", help="The leaked file: checks that the rows stand in it.")
    ] = None,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
) -> None:
    """Verify an evidence bundle: every proof, every mark, the arithmetic. No store, no network, no settings.

    The statement is as strong as what was checked: without --policy nobody has authenticated the log; without --dump
    the bits are those of the rows that the platform committed to. Which rows belong to whom is the platform's word either
    way. Exit code 4 where anything does not hold.
    """
    import sys

    from suyuan.evidence.statement import report, statement
    from suyuan.evidence.verify import verify

    given = sys.stdin.buffer.read() if bundle == Path("-") else bundle
    verified = verify(given, policy=None if policy is None else read_policy_text(policy), dump=dump)
    if as_json:
        print_json(report(verified))
    else:
        result(statement(verified, lang=lang.value).removesuffix("\n"))
