"""`suyuan collect withdraw`: one person's yes taken back."""

from pathlib import Path

from suyuan.cli.collect_consent import (
    ChannelOption,
    PurposeOption,
    ReceiptOption,
    RecipientOption,
    Scope,
    ScopeOption,
    tell,
    word_of,
)
from suyuan.cli.customer import KeyArgument
from suyuan.cli.options import JsonOption, StoreOption, require_ids, store_at
from suyuan.cli.outputs import require_new

EXAMPLE = """
  suyuan collect withdraw C0000001 --purpose marketing -o receipt.json
  suyuan collect withdraw C0000001 --purpose fulfilment --scope provision --recipient acme
"""


def run(
    key: KeyArgument,
    *,
    purpose: PurposeOption,
    scope: ScopeOption = Scope.PURPOSE,
    recipient: RecipientOption = "",
    channel: ChannelOption = "",
    output: ReceiptOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Take back a consent: one step, as giving it was, and the next release that rests on it is refused.

    It needs no reason and cannot be refused, whatever has become of the purpose since. What was done before stays lawful.
    The withdrawal is ledgered, and the person gets a receipt of it.
    """
    from suyuan import app
    from suyuan.collect.ports import ConsentState

    require_ids(purpose=purpose, recipient=recipient or None, channel=channel or None)
    require_new(None if output == Path("-") else output)
    with app.open_store(store_at(store)) as opened:
        word = word_of(
            opened, key=key, purpose=purpose, state=ConsentState.WITHDRAWN, scope=scope, recipient=recipient,
            channel=channel,
        )  # fmt: skip
        said = opened.consents.withdraw(word)
        opened.publish()
    tell(said, output=output, as_json=as_json)
