"""The story in its order; each step does one thing, tells it, and keeps its figures."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from suyuan import app
from suyuan.cli.demo import platform
from suyuan.cli.demo.endings import REPORTED, show_cost, show_elsewhere, show_end, show_evidence, show_partner
from suyuan.cli.demo.examine import Examined, Examiners, Job
from suyuan.cli.demo.leaks import LEVELS, Staff, leak_elsewhere, leak_partner, leak_staff
from suyuan.cli.demo.person import choose, show_person
from suyuan.cli.demo.tables import SideBySide
from suyuan.cli.demo.telling import Telling
from suyuan.cli.demo.world import EXPORTED, FOUND, Scale, StoryClock, World, invent
from suyuan.cli.output import print_json
from suyuan.cli.progress import bars
from suyuan.errors import RefusedError, UnavailableError
from suyuan.release.door import Door
from suyuan.simulation import Normalisation
from suyuan.simulation.thief import FEE_PER_DAY

DAYS = 120
LEAKY = "swift"
"""The partner whose export turns up."""


@dataclass(slots=True, kw_only=True)
class Story:
    """What every step works with; `figures` and `seconds` grow as the story goes on."""

    telling: Telling
    world: World
    folder: Path
    lang: str
    figures: dict[str, object] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        """The platform's store."""
        return self.folder / "store"

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Take the time of a step."""
        begun = time.perf_counter()
        yield
        self.seconds[step] = round(self.seconds.get(step, 0.0) + time.perf_counter() - begun, 2)

    def job(self, name: str, *, dump: Path) -> Job:
        """Give the order to examine a dump."""
        return Job(
            name=name,
            store=self.store,
            dump=dump,
            report=self.folder / f"{name}.html" if name in REPORTED else None,
            bundle=self.folder / f"{name}.suyuan" if name == REPORTED[0] else None,
            at=FOUND,
            lang=self.lang,
        )


def tell_story(scale: Scale, *, keep: Path | None, lang: str, as_json: bool) -> None:
    """Tell everything, from the first import to the last command.

    Raises: RefusedError: `keep` is there already and not empty.
    """
    begun = time.perf_counter()
    telling = Telling.begin(lang=lang, quiet=as_json)
    folder = _folder(keep)
    telling.console.print()
    telling.head("begin.head")
    telling.say("begin.invented", people=scale.people, accounts=scale.accounts, seed=scale.seed)
    telling.say("begin.place", folder=str(folder))
    story = Story(telling=telling, world=invent(scale), folder=folder, lang=lang)
    with Examiners() as examiners:
        done = _before_the_leak(story)
        staff = leak_staff(done.shown, world=story.world, folder=folder)
        partner = leak_partner(folder / f"{LEAKY}.csv", partner=LEAKY, world=story.world, folder=folder)
        elsewhere = leak_elsewhere(story.world, folder=folder)
        files = {level.value: path for level, path in staff.files.items()}
        files |= {"partner": partner.file, "elsewhere": elsewhere}
        ordered = {name: examiners.examine(story.job(name, dump=dump)) for name, dump in files.items()}
        audited = examiners.audit(story.store)

        def wait(name: str) -> Examined:
            with story.timed("wait_for_traces"), bars() as bar:
                if not ordered[name].done():
                    bar.wait(telling.text("leak.waiting", name=name))
                return ordered[name].result()

        side = _three_times(story, staff=staff, wait=wait)
        story.figures["partner"] = show_partner(telling, examined=wait("partner"), partner=LEAKY)
        story.figures["elsewhere"] = show_elsewhere(telling, examined=wait("elsewhere"))
        with story.timed("audit"):
            log = audited.result()
        story.figures["ledger"] = {"entries": log.size, "verified": True, "counts": dict(log.counts)}
    with story.timed("evidence"):
        story.figures["evidence"] = show_evidence(telling, folder=folder, dump=staff.files[Normalisation.AS_LEAKED])
    telling.say("evidence.audit", size=log.size, seconds=log.seconds)
    with story.timed("person"):
        chosen = choose(story.world, done=done, staff=staff, partner=partner)
        story.figures["person"] = show_person(telling, folder=folder, chosen=chosen)
    story.figures["cost"] = show_cost(telling, world=story.world, side=side)
    total = time.perf_counter() - begun
    show_end(telling, folder=folder, dump=staff.files[Normalisation.AS_LEAKED], seconds=total, lang=lang)
    if as_json:
        sizes = {"people": scale.people, "accounts": scale.accounts, "rented": list(story.world.rented)}
        print_json(
            {"v": 1, "seed": scale.seed, **sizes, "folder": str(folder), **story.figures,
             "seconds": story.seconds | {"total": round(total, 2)}}
        )  # fmt: skip


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="suyuan-demo-"))
    folder = keep.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusedError(
            "--keep names something that is there already", code="file.exists", hint="name a new or an empty folder"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as e:
        raise UnavailableError(f"{folder.name}: cannot be made: {e.strerror}", code="store.unwritable") from e
    return folder


def _before_the_leak(story: Story) -> platform.LookedUp:
    """Steps 1 to 3; give what staff looked up."""
    clock = StoryClock()
    with story.timed("store"):
        platform.make_store(story.store, clock=clock)
    with app.open_store(story.store, clock=clock) as store:
        _seal(story, store=store)
        with store.door() as door:
            with story.timed("look_ups"), bars() as bar:
                done = platform.work_for_months(store, door=door, world=story.world, clock=clock, bar=bar)
            _tell_work(story, done=done)
            clock.set(EXPORTED)
            _export(story, store=store, door=door)
    return done


def _seal(story: Story, *, store: app.Store) -> None:
    telling, first = story.telling, story.world.people.row(0, named=True)
    telling.head("seal.head")
    with story.timed("import"), bars() as bar:
        sealed = platform.import_people(store, world=story.world, bar=bar)
    telling.say("seal.done", people=sealed.people, seconds=sealed.seconds)
    telling.point("seal.clear", name=first["name"], phone=first["phone"], address=first["address"])
    telling.point("seal.thief", record=sealed.record)
    telling.say("seal.search", searched=sealed.searched, found=sealed.found, megabytes=sealed.size_bytes / 1e6)
    story.figures["import"] = {
        "people": sealed.people, "rejected": sealed.rejected, "values_sought": sealed.searched,
        "values_found": sealed.found, "database_bytes": sealed.size_bytes,
    }  # fmt: skip


def _tell_work(story: Story, *, done: platform.LookedUp) -> None:
    telling, scale = story.telling, story.world.scale
    telling.head("work.head", days=DAYS)
    telling.say("work.rented", rented=scale.rented, accounts=scale.accounts, fee=FEE_PER_DAY)
    telling.say(
        "work.done", lookups=done.shown.height, honest=done.honest, stolen=done.stolen, rate=done.per_second,
        seconds=done.seconds,
    )  # fmt: skip
    if done.honest < done.planned:
        telling.say("work.slow", honest=done.honest, planned=done.planned)
    telling.say("work.refused")
    for refusal in done.refusals:
        telling.quote(refusal)
    twice = platform.seen_twice(done.shown)
    if twice:
        telling.say("work.marked")
        for account, phone, address in twice:
            telling.quote(f"{account}  {phone}  {address}")
    story.figures["look_ups"] = {
        "honest": done.honest, "stolen": done.stolen, "honest_planned": done.planned, "per_second": round(done.per_second, 1),
        "refused": len(done.refusals),
    }  # fmt: skip


def _export(story: Story, *, store: app.Store, door: Door) -> None:
    story.telling.head("export.head")
    handed = []
    for partner in platform.PARTNERS:
        with story.timed("export"), bars() as bar:
            one = platform.hand_over(store, door=door, partner=partner, file=story.folder / f"{partner}.csv", bar=bar)
        handed.append(one)
        released = one.released
        story.telling.say(
            "export.done", partner=partner, contract=one.contract, rows=released.rows, omitted=released.omitted,
            decoys=released.decoys, bits=released.bits_per_row,
        )  # fmt: skip
        if released.aliases:
            story.telling.say("export.alias", partner=partner, aliases=released.aliases)
    story.figures["exports"] = {
        one.partner: {
            "rows": one.released.rows, "omitted": one.released.omitted, "decoys": one.released.decoys,
            "aliases": one.released.aliases,
        }
        for one in handed
    }  # fmt: skip


def _three_times(story: Story, *, staff: Staff, wait: Callable[[str], Examined]) -> SideBySide:
    telling, scale = story.telling, story.world.scale
    telling.head("leak.head", rows=scale.dump_rows)
    taken = scale.dump_rows - scale.strangers
    telling.say("leak.what", rented=scale.rented, taken=taken, strangers=scale.strangers)
    telling.say("leak.copies")
    traces = {level: wait(level.value) for level in LEVELS}
    side = SideBySide(traces=traces, rented=story.world.rented, staff=staff)
    telling.show(side.table(telling))
    telling.say("leak.note")
    if not traces[Normalisation.FULL].attribution.named:
        telling.say("leak.lead", reach=len(traces[Normalisation.FULL].attribution.reach))
    story.figures["dumps"] = side.figures()
    return side
