"""Step 8 of the story: what one person of the leak can see for herself, and what is left of one who asks to be forgotten."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from suyuan import app
from suyuan.cli.demo.examine import audit
from suyuan.cli.demo.leaks import PartnerFile, Staff
from suyuan.cli.demo.platform import LookedUp
from suyuan.cli.demo.telling import Telling
from suyuan.cli.demo.world import ASKED, StoryClock, World
from suyuan.cli.progress import bars
from suyuan.crypto.sign import sign_note
from suyuan.errors import RefusedError, VerificationError
from suyuan.evidence.account import VerifiedAccount, verify_account, write_account
from suyuan.evidence.account.entries import BATCH, REFUSE, RELEASE
from suyuan.evidence.account.openings import Shown
from suyuan.evidence.account.statement import in_span
from suyuan.flows.account_proofs import prove_leaves
from suyuan.hold.vault import find_person
from suyuan.ledger.tiles import PublishedLeaves, TileReader
from suyuan.terms import PersonNumber

FILE = "her-account.suyuan"

_LOOK_UPS = 3
"""About so many look-ups make an account that is short and yet not hers and the broker's alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Whom the step is about.

    Args:
        customer: a person of the leak.
        case: by which a rented account looked her up.
        other: a person whom no file has.
        near: whether the same account had looked the other up; on a slow machine hardly anybody is left of whom it had.
    """

    customer: str
    case: str
    other: str
    near: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the platform did: her account, one that hides an entry of it, and the entry of an erasure."""

    file: Path
    shortened: bytes
    erased: int


def choose(world: World, *, done: LookedUp, staff: Staff, partner: PartnerFile) -> Chosen:
    """Choose a person whose row in the file was got for the broker, and another who is in no file.

    One who was asked for in vain besides comes first, then one who was looked up about three times.
    """
    asked = done.shown.select("case").join(world.work.lookups(), on="case", how="left", maintain_order="left")
    asked = asked.with_columns(
        leaked=pl.col("case").is_in(staff.cases.implode()),
        stolen=pl.col("case").is_in(world.work.thefts["case"].implode()),
        refused=pl.col("customer").is_in(list(done.refused)),
        distance=(pl.len().over("customer").cast(pl.Int64) - _LOOK_UPS).abs(),
    )
    order = asked.filter("leaked").sort("stolen", "refused", "distance", "case", descending=[True, True, False, False])
    her = order.row(0, named=True)
    in_a_file = {*asked.filter("leaked")["customer"], *partner.customers}
    seen = asked.filter(account=her["account"])["customer"]
    others = world.people.select("customer", near=pl.col("customer").is_in(seen.implode()))
    others = others.filter(~pl.col("customer").is_in(list(in_a_file)))
    other = others.sort("near", "customer", descending=[True, False]).row(0, named=True)
    return Chosen(
        customer=str(her["customer"]), case=str(her["case"]), other=str(other["customer"]), near=other["near"]
    )


def show_person(telling: Telling, *, folder: Path, chosen: Chosen) -> dict[str, object]:
    """Step 8: she reads her account, nobody can shorten it, and another is forgotten."""
    policy = (folder / "log.policy").read_text(encoding="ascii")
    telling.head("person.head")
    with bars() as bar:
        bar.wait(telling.text("person.waiting"))
        given = _give(folder, chosen=chosen)
    begun = time.perf_counter()
    verified = verify_account(given.file.read_bytes(), policy=policy)
    seconds = time.perf_counter() - begun
    shown = in_span(verified)
    hers, refusals = _by_case(shown, case=chosen.case), sum(item.op == REFUSE for item in shown)
    releases = len(_releases(shown))
    size, complete = given.file.stat().st_size, verified.checked.account.end - 1
    telling.say(
        "person.account", customer=chosen.customer, name=given.file.name, kilobytes=size / 1e3, seconds=seconds,
        entry=complete, releases=releases, refusals=refusals,
    )  # fmt: skip
    about = _about(hers)
    telling.point("person.entry", **about)
    telling.say("person.omitted")
    said = _refused(given.shortened, policy=policy)
    telling.quote(said or telling.text("evidence.held"), style="red")
    return {
        "customer": chosen.customer,
        "file": given.file.name,
        "bytes": size,
        "complete_up_to": complete,
        "releases": releases,
        "refusals": refusals,
        "entry": hers.leaf,
        "rented": about,
        "omitted_fails": bool(said),
        "omitted_line": said,
        "verify_seconds": round(seconds, 2),
        "erased": _show_erased(telling, folder=folder, chosen=chosen, entry=given.erased),
    }


def _show_erased(telling: Telling, *, folder: Path, chosen: Chosen, entry: int) -> dict[str, object]:
    with bars() as bar:
        bar.wait(telling.text("person.replay"))
        audited = audit(folder / "store")
    who = telling.text("person.near" if chosen.near else "person.apart")
    telling.say("person.erased", who=who, entry=entry, size=audited.size, seconds=audited.seconds)
    return {
        "customer": chosen.other,
        "near": chosen.near,
        "entry": entry,
        "ledger_entries": audited.size,
        "ledger_verified": True,
        "erasures": audited.counts["erase"],
    }


def _give(folder: Path, *, chosen: Chosen) -> Given:
    """Draw her account as `suyuan ledger account` does, shorten a copy of it, and erase the other."""
    file = folder / FILE
    with app.open_store(folder / "store", clock=StoryClock(ASKED)) as store:
        drawn = store.accounts().draw(_person(store, customer=chosen.customer))
        file.write_bytes(drawn.file)
        shortened = _shorten(drawn.verified, case=chosen.case, store=store)
        erased = store.eraser.erase(_person(store, customer=chosen.other))
        store.publish()
    return Given(file=file, shortened=shortened, erased=erased)


def _person(store: app.Store, *, customer: str) -> PersonNumber:
    field = store.policy.key_field()
    found = None if field is None else find_person(customer, field=field, people=store.people, broker=store.broker)
    if found is None:
        raise RefusedError("the demonstration's person is not in its store")
    return found


def _shorten(verified: VerifiedAccount, *, case: str, store: app.Store) -> bytes:
    """Give an account as a platform would that hides an entry: what is left is proved anew, and the log's key signs it."""
    account, hidden = verified.checked.account, _by_case(in_span(verified), case=case).leaf
    tree = PublishedLeaves(TileReader(store.files, size=account.size))
    kept = [leaf.index for leaf in account.leaves if leaf.index != hidden]
    leaves, proof = prove_leaves(kept, log=store.ledger, tree=tree)
    openings = tuple(opening for opening in account.openings if opening.leaf != hidden)
    shorter = replace(account, leaves=leaves, leaves_proof=proof, openings=openings)
    return write_account(shorter, sign=lambda text: sign_note(text, keys=(store.ledger.key,)))


def _refused(data: bytes, *, policy: str) -> str:
    """Give what the verifier says of an account; nothing if it was taken in."""
    try:
        verify_account(data, policy=policy)
    except VerificationError as error:
        return f"suyuan: error: {error}"
    return ""


def _releases(shown: tuple[Shown, ...]) -> list[Shown]:
    return [item for item in shown if item.op in (RELEASE, BATCH)]


def _by_case(shown: tuple[Shown, ...], *, case: str) -> Shown:
    """Give the look-up by a case, which stands in her account or the account is wrong."""
    return next(item for item in shown if item.op == RELEASE and item.text("case") == case)


def _about(item: Shown) -> dict[str, str]:
    """Say of a release when it was, to whom, what for and by which case."""
    return {
        "time": datetime.fromtimestamp(item.time / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "account": "" if item.who is None else item.who.id,
        "purpose": item.text("purpose"),
        "case": item.text("case"),
    }
