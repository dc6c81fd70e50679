"""`suyuan demo`: its options."""

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.options import JsonOption, Lang, LangOption

EXAMPLE = """
  suyuan demo
  suyuan demo --keep story --people 2000 --accounts 20
"""


def run(
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="The invented world; keys are drawn anew.")
    ] = 1,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", metavar="DIR", help="Write everything here; by default a new temporary folder that stays."
        ),
    ] = None,
    people: Annotated[
        int, typer.Option("--people", min=300, max=200_000, metavar="N", help="Persons invented.")
    ] = 13_000,
    accounts: Annotated[int, typer.Option("--accounts", min=4, max=500, metavar="N", help="Staff accounts.")] = 70,
    lang: LangOption = Lang.EN,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole story once on invented persons: releases, a leak, its source, the proof.

    A courier's staff look people up for months, five accounts are rented out, partners get exports. A dump appears three
    times: as leaked, half normalised, fully normalised. It shows which copies are named, by what, and where the
    answer is unknown; then a partner's export, a dump from elsewhere, the evidence with one byte flipped, and what one
    person of the leak can see for herself.
    """
    from suyuan.cli.demo.story import tell_story
    from suyuan.cli.demo.world import scale_of

    tell_story(scale_of(people=people, accounts=accounts, seed=seed), keep=keep, lang=lang.value, as_json=as_json)
