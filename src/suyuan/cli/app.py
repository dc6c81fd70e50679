"""The tree of verbs, and the one place where errors become lines and exit codes."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

import suyuan
from suyuan.cli import (
    backup,
    collect_cases,
    collect_check,
    collect_consent,
    collect_consents,
    collect_import,
    collect_receipts,
    collect_rules,
    collect_submit,
    collect_withdraw,
    demo,
    hold_erase,
    hold_freeze,
    hold_grade,
    hold_keys,
    hold_migrate,
    hold_recovery_key,
    hold_rekey,
    hold_restrict,
    hold_retain,
    hold_retire,
    hold_rotate,
    hold_scan,
    init,
    ledger_account,
    ledger_checkpoint,
    ledger_fsck,
    ledger_rebuild,
    ledger_recover,
    ledger_rotate,
    ledger_seal,
    ledger_serve,
    ledger_show,
    ledger_verify,
    mark_selftest,
    policy_check,
    policy_diff,
    policy_export,
    release_account,
    release_answer,
    release_approve,
    release_ask,
    release_authority,
    release_explain,
    release_export,
    release_find,
    release_key,
    release_list,
    release_lookup,
    restore,
    serve,
    status,
    trace_columns,
    trace_dump,
    trace_history,
    trace_report,
    verify,
)
from suyuan.cli.failure import INTERRUPTED, tell, wants_chinese

Verb = Callable[..., None]

ABOUT = """Personal information that can be traced: every copy goes out through one door, marked and ledgered, and a
leaked file leads back to the account or partner whose copy it was.

\b
Begin:
  suyuan init shop && cd shop          make a store
  suyuan release export customers.csv --to acme --purpose fulfilment \\
      --contract C-7 -o out.csv        mark a file and hand it over
  suyuan trace dump leaked.csv         whose copy is this?
  suyuan demo                          the whole story on invented persons

Results go to standard output, talk and errors to standard error; every verb has --json. Exit codes: 0 done, 1 a fault
in suyuan, 2 wrong usage, 3 refused, 4 does not verify, 5 missing or busy.
"""

STAGES: dict[str, tuple[str, dict[str, Verb]]] = {
    "collect": (
        "What may come in: people, their cases, and their consents.",
        {
            "import": collect_import.run,
            "cases": collect_cases.run,
            "submit": collect_submit.run,
            "consent": collect_consent.run,
            "withdraw": collect_withdraw.run,
            "receipts": collect_receipts.run,
            "consents": collect_consents.run,
            "rules": collect_rules.run,
            "check": collect_check.run,
        },
    ),
    "hold": (
        "What the store holds of people.",
        {
            "retain": hold_retain.run,
            "freeze": hold_freeze.run,
            "unfreeze": hold_freeze.end,
            "restrict": hold_restrict.run,
            "allow": hold_restrict.allow,
            "erase": hold_erase.run,
            "migrate": hold_migrate.run,
            "keys": hold_keys.run,
            "recovery-key": hold_recovery_key.run,
            "rekey": hold_rekey.run,
            "retire": hold_retire.run,
            "scan": hold_scan.run,
            "grade": hold_grade.run,
            "rotate": hold_rotate.run,
        },
    ),
    "release": (
        "Let information out through the one door: checked, ledgered, marked.",
        {
            "lookup": release_lookup.run,
            "list": release_list.run,
            "find": release_find.run,
            "answer": release_answer.run,
            "export": release_export.run,
            "authority": release_authority.run,
            "ask": release_ask.run,
            "approve": release_approve.give,
            "approvals": release_approve.pending,
            "explain": release_explain.run,
            "account": release_account.save,
            "accounts": release_account.show,
            "key": release_key.make,
            "keys": release_key.show,
            "revoke": release_key.revoke,
        },
    ),
    "policy": (
        "What is written in policy/: check it, compare it, hand it on.",
        {"check": policy_check.run, "diff": policy_diff.run, "export": policy_export.run},
    ),
    "mark": (
        "The marks that a released copy carries.",
        {"selftest": mark_selftest.run},
    ),
    "ledger": (
        "The append-only log of everything that was let out.",
        {
            "show": ledger_show.run,
            "account": ledger_account.run,
            "checkpoint": ledger_checkpoint.run,
            "verify": ledger_verify.run,
            "fsck": ledger_fsck.run,
            "rebuild": ledger_rebuild.run,
            "seal": ledger_seal.run,
            "serve": ledger_serve.run,
            "rotate": ledger_rotate.run,
            "recover": ledger_recover.run,
        },
    ),
    "trace": (
        "From a leaked file to the copy it came from.",
        {
            "columns": trace_columns.run,
            "dump": trace_dump.run,
            "history import": trace_history.bring_in,
            "report add": trace_report.add,
            "report list": trace_report.listing,
            "report lead": trace_report.lead,
        },
    ),
}
"""Stages in the order of the lifecycle, and their actions; an action of two words stands in a group of its own."""

GROUPS = {
    ("trace", "history"): "Who had looked up whom before suyuan.",
    ("trace", "report"): "What victims say, gathered into leads.",
}


def version(*, wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(f"suyuan {suyuan.__version__}")
        raise typer.Exit


def top(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=lambda wanted: version(wanted=wanted), help="Print the version."
        ),
    ] = False,
) -> None:
    """Stand above all verbs."""


def build() -> typer.Typer:
    """Give the whole command line."""
    plain = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help=ABOUT,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    plain.callback()(top)
    _add(plain, name="init", verb=init.run)
    for stage, (promise, actions) in STAGES.items():
        group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=promise)
        inner: dict[str, typer.Typer] = {}
        for action, verb in actions.items():
            of, _, last = action.rpartition(" ")
            if of and of not in inner:
                inner[of] = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=GROUPS[stage, of])
                group.add_typer(inner[of], name=of)
            _add(inner[of] if of else group, name=last, verb=verb)
        plain.add_typer(group, name=stage)
    _add(plain, name="backup", verb=backup.run)
    _add(plain, name="restore", verb=restore.run)
    _add(plain, name="verify", verb=verify.run)
    _add(plain, name="status", verb=status.run)
    _add(plain, name="serve", verb=serve.run)
    _add(plain, name="demo", verb=demo.run)
    return plain


def _add(group: typer.Typer, *, name: str, verb: Verb) -> None:
    """Add a verb; the EXAMPLE of its module ends its help."""
    example = getattr(sys.modules[verb.__module__], "EXAMPLE", "")
    short = (verb.__doc__ or "").split("\n")[0]
    group.command(name, short_help=short, epilog="\b\nExample:\n" + example.strip("\n") if example else None)(verb)


APP = build()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command = typer.main.get_command(APP)
        code = command.main(given, prog_name="suyuan", standalone_mode=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        sys.stdout.flush()
    except BaseException as error:
        code = tell(error, as_json="--json" in given, chinese=wants_chinese(given, environment=os.environ))
    sys.exit(code or 0)
