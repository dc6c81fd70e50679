"""`suyuan verify`: an evidence bundle, an account of releases or the receipt of a consent, judged offline."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, Lang, LangOption
from suyuan.cli.output import print_json, result
from suyuan.cli.trust import read_policy_text

EXAMPLE = """
  suyuan verify leak.suyuan --policy log.policy --dump leaked.csv
  suyuan verify her-account.suyuan --policy log.policy
  suyuan verify receipt.json --lang zh
"""


def run(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="A .suyuan file, or a receipt; - for standard input.")
    ],
    other: Annotated[
        Path | None,
        typer.Argument(metavar="[OTHER]", show_default=False, help="A second account of the log: do they contradict?"),
    ] = None,
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
    """Verify an evidence bundle, an account of releases or a consent's receipt: every proof. No store, no network.

    The statement is as strong as what was checked: without --policy nobody has authenticated the log; without --dump
    the bits are those of the rows that the platform committed to. Which rows belong to whom is the platform's word either
    way. Of two accounts it is also checked that one history gave both. Exit code 4 where anything does not hold.
    """
    from suyuan.cli.progress import bars
    from suyuan.errors import RefusedError
    from suyuan.evidence.account.file import FORMAT
    from suyuan.evidence.container import format_of
    from suyuan.evidence.receipt import is_receipt
    from suyuan.evidence.statement import report, statement
    from suyuan.evidence.verify import read_file, verify

    data = sys.stdin.buffer.read() if bundle == Path("-") else read_file(bundle)
    rules = None if policy is None else read_policy_text(policy)
    if is_receipt(data):
        if dump is not None or other is not None:
            raise RefusedError(
                "a receipt has no dump, and no other file is compared with it",
                code="evidence.receipt",
                hint="leave out --dump and the second file",
            )
        _verify_receipt(data, policy=rules, lang=lang, as_json=as_json)
        return
    if format_of(data) == FORMAT:
        if dump is not None:
            raise RefusedError("an account of releases has no dump", code="evidence.account", hint="leave out --dump")
        _verify_account(data, other=other, policy=rules, lang=lang, as_json=as_json)
        return
    if other is not None:
        raise RefusedError("only two accounts of releases can be compared", code="evidence.account")
    with bars() as progress:
        progress.wait("verify")
        verified = verify(data, policy=rules, dump=dump)
    if as_json:
        print_json(report(verified))
    else:
        result(statement(verified, lang=lang.value).removesuffix("\n"))


def _verify_receipt(data: bytes, *, policy: str | None, lang: Lang, as_json: bool) -> None:
    from suyuan.evidence.receipt import report, statement, verify_receipt

    verified = verify_receipt(data, policy=policy)
    if as_json:
        print_json(report(verified))
    else:
        result(statement(verified, lang=lang.value).removesuffix("\n"))


def _verify_account(data: bytes, *, other: Path | None, policy: str | None, lang: Lang, as_json: bool) -> None:
    from suyuan.cli.progress import bars
    from suyuan.evidence.account import report, statement, verify_account
    from suyuan.evidence.account.fork import comparison, require_consistent
    from suyuan.evidence.verify import read_file

    with bars() as progress:
        progress.wait("verify")
        verified = verify_account(data, policy=policy)
    found = {} if not as_json else report(verified)
    text = statement(verified, lang=lang.value)
    if other is not None:
        second = verify_account(read_file(other), policy=policy)
        settled = require_consistent(verified.checked, second.checked)
        found["consistent"] = {
            "settled": settled,
            "tree_sizes": [v.checked.checkpoint.size for v in (verified, second)],
        }
        text += "\n" + comparison(verified.checked, second.checked, settled=settled, lang=lang.value) + "\n"
    if as_json:
        print_json(found)
    else:
        result(text.removesuffix("\n"))
