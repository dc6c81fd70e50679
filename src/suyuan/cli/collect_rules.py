"""`suyuan collect rules`: the rules on personal information, to be published."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import Lang, LangOption, StoreOption, store_at
from suyuan.cli.output import print_json, result, say
from suyuan.cli.outputs import require_new, write_new

EXAMPLE = """
  suyuan collect rules --lang zh --format html -o rules.html
  suyuan collect rules --format json
"""


class Format(StrEnum):
    """The forms of the rules."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


def run(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write them here, not to standard output.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="As Markdown, HTML or JSON.")] = Format.MARKDOWN,
    lang: LangOption = Lang.EN,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    store: StoreOption = None,
) -> None:
    """Print the published rules: who, why, how, how long, which items, and the two lists of items collected and shared.

    They are made from the very policy that decides what is taken in and let out, so that they cannot say anything else.
    Purposes that are not active are left out; what is missing from a notice is named.
    """
    from suyuan.collect.rules import published_rules
    from suyuan.collect.rules_text import as_data, as_html, as_markdown
    from suyuan.config import read_policy

    require_new(output)
    policy, _ = read_policy(store_at(store))
    rules = published_rules(policy, lang=lang.value, on=datetime.now(UTC).date())
    if output is None and (as_json or form is Format.JSON):
        print_json(as_data(rules))
    else:
        import json

        text = {
            Format.MARKDOWN: lambda: as_markdown(rules),
            Format.HTML: lambda: as_html(rules),
            Format.JSON: lambda: json.dumps(as_data(rules), ensure_ascii=False, indent=2) + "\n",
        }[Format.JSON if as_json else form]()
        if output is None:
            result(text.removesuffix("\n"))
        else:
            write_new(output, data=text.encode("utf-8"))
    for rule in rules.purposes:
        if rule.missing:
            say(f"purpose {rule.name}: its notice lacks {'; '.join(rule.missing)}")
