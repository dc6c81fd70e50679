"""`suyuan collect consent`: one person's yes or no to one purpose."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.customer import KeyArgument, person_by_key
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.output import print_json, result, say
from suyuan.cli.outputs import require_new, write_new

if TYPE_CHECKING:
    from suyuan.app import Store
    from suyuan.collect.ports import ConsentState
    from suyuan.collect.word import Word
    from suyuan.flows.told import Said

EXAMPLE = """
  suyuan collect consent C0000001 --purpose marketing -o receipt.json
  suyuan collect consent C0000001 --purpose fulfilment --scope provision --recipient acme
  suyuan collect consent C0000001 --purpose marketing --refuse
"""


class Scope(StrEnum):
    """What of a purpose is consented to."""

    PURPOSE = "purpose"
    SENSITIVE = "sensitive"
    PROVISION = "provision"
    PUBLICATION = "publication"
    CROSS_BORDER = "cross_border"


PurposeOption = Annotated[str, typer.Option("--purpose", metavar="P", help="The one purpose; of policy/purposes.toml.")]
ScopeOption = Annotated[Scope, typer.Option("--scope", help="What of the purpose.")]
RecipientOption = Annotated[
    str,
    typer.Option(
        "--recipient",
        metavar="R",
        help="The partner (provision) or region (cross_border) she was told.",
        show_default=False,
    ),
]
ChannelOption = Annotated[
    str, typer.Option("--channel", metavar="C", help="Where she was asked, such as app or counter.", show_default=False)
]
ReceiptOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write the receipt here; - for standard output. It is hers."),
]


def run(
    key: KeyArgument,
    *,
    purpose: PurposeOption,
    scope: ScopeOption = Scope.PURPOSE,
    recipient: RecipientOption = "",
    refuse: Annotated[bool, typer.Option("--refuse", help="She said no.")] = False,
    guardian: Annotated[
        str, typer.Option(metavar="RELATION", help="A guardian spoke for a child under 14.", show_default=False)
    ] = "",
    unprompted: Annotated[
        bool, typer.Option("--unprompted", help="She came by herself: no cool-down after an earlier no.")
    ] = False,
    channel: ChannelOption = "",
    output: ReceiptOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Record what a person said to one purpose: ledgered first, kept, and given to her as a signed receipt.

    One purpose and one scope at a time; there is no yes to everything. Sensitive fields, a named partner, making public
    and sending abroad each take a consent of their own. A yes holds for exactly what was asked: when purpose, method,
    kinds or notice change, she is asked anew. After a no she may not be asked again for the days of platform.toml.
    """
    from suyuan import app
    from suyuan.collect.ports import ConsentState

    state = ConsentState.REFUSED if refuse else ConsentState.GIVEN
    require_ids(purpose=purpose, recipient=recipient or None, guardian=guardian or None, channel=channel or None)
    require_new(None if output == Path("-") else output)
    with app.open_store(store_at(store)) as opened:
        word = word_of(
            opened, key=key, purpose=purpose, state=state, scope=scope, recipient=recipient, guardian=guardian,
            channel=channel, prompted=not unprompted,
        )  # fmt: skip
        said = opened.consents.refuse(word) if refuse else opened.consents.give(word)
        opened.publish()
    tell(said, output=output, as_json=as_json)


def word_of(
    opened: "Store",
    *,
    key: str,
    purpose: str,
    state: "ConsentState",
    scope: Scope,
    recipient: str,
    channel: str,
    guardian: str = "",
    prompted: bool = True,
) -> "Word":
    """Give the word of a person who is named by her key, as it was imported."""
    from suyuan.collect.ports import ConsentScope
    from suyuan.collect.word import Word
    from suyuan.kinds.registry import KINDS
    from suyuan.terms import PersonId, PurposeName

    text = sys.stdin.readline().strip() if key == "-" else key
    field = opened.policy.require_key_field()
    return Word(
        person=person_by_key(opened, text, erased="who was erased is not found"),
        principal=PersonId(str(KINDS[field.kind].canonical(text))),
        purpose=PurposeName(purpose),
        state=state,
        scope=ConsentScope(scope.value),
        recipient=recipient,
        guardian=guardian,
        channel=channel,
        prompted=prompted,
    )


def tell(said: "Said", *, output: Path | None, as_json: bool) -> None:
    """Say what was kept, and write the receipt where it is wanted."""
    if output is not None:
        write_receipt(output, receipt=said.receipt)
    consent = said.consent
    if as_json:
        if output != Path("-"):
            print_json(
                {
                    "receipt": consent.id.hex(),
                    "entry": consent.entry,
                    "purpose": consent.purpose,
                    "scope": consent.scope.value,
                    "recipient": consent.recipient,
                    "state": consent.state.value,
                    "repeated": said.repeated,
                }
            )
        return
    line = f"{consent.state.value}: {consent.purpose} ({consent.scope.value}) as ledger entry {consent.entry}"
    (say if output == Path("-") else result)(line)
    if said.repeated:
        say("the same was in force already; nothing new was entered, and this is the receipt of then")
    if output is None:
        say("the receipt is hers: give it to her with `suyuan collect receipts`, or with -o next time")


def write_receipt(target: Path, *, receipt: bytes) -> None:
    """Write a receipt, whole or not at all."""
    if target == Path("-"):
        sys.stdout.buffer.write(receipt + b"\n")
        return
    write_new(target, data=receipt + b"\n")
