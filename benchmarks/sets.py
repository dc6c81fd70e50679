"""The overlap of a dump with every release: posting lists beside one bitmap per release, and beside a bare sum of the same items.

    make bench-sets            # 1,000,000 releases, about 50,000,000 items
    python benchmarks/sets.py --releases 100000

CPU-seconds and memory of the index; the floor is one sum over all items in the same run.
"""

import argparse

import numpy as np
from measured import machine, measured, tell

from suyuan.trace.sets.postings import Lists, Postings

PERSONS = 1_000_000


def invented(releases: int, *, seed: int = 1) -> Lists:
    """Give the persons of each release: a few releases of thousands, most of a few, popular persons more often."""
    random = np.random.default_rng(seed)
    sizes = np.minimum(random.pareto(1.2, releases) * 12 + 1, 20_000).astype(np.int64)
    sizes = np.maximum(1, (sizes * (50 * releases / sizes.sum())).astype(np.int64))
    urn = np.repeat(np.arange(PERSONS, dtype=np.int32), np.ceil(2 * random.lognormal(0, 1, PERSONS)).astype(int))
    members = urn[random.integers(0, len(urn), int(sizes.sum()))]
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    return Lists(starts=starts, members=members)


def main() -> None:
    """Build the index, and look dumps of four sizes up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=1_000_000)
    given = parser.parse_args()
    print(machine())
    releases = invented(given.releases)
    held: list[Postings] = []
    used = measured(lambda: held.append(Postings(lists=releases.turned(PERSONS), holders=given.releases)))
    [postings] = held
    size = postings.lists.members.nbytes + postings.lists.starts.nbytes
    print(
        f"{given.releases:,} releases, {len(releases.members):,} items; index {size / 1e6:.0f} MB, built in {used.cpu:.1f} CPU s"
    )
    floor = measured(lambda: int(postings.lists.members.sum(dtype=np.int64)))
    random = np.random.default_rng(2)
    for persons in (1_000, 10_000, 100_000, 600_000, 1_000_000):
        dump = np.sort(random.choice(PERSONS, persons, replace=False)).astype(np.int64)
        postings.overlap(dump)
        used = measured(lambda dump=dump: postings.overlap(dump))
        tell(f"dump of {persons:,} persons", count=persons, used=used, floor=floor)
    late = random.integers(0, PERSONS, 100_000)
    grown = postings.with_more(late, np.full(len(late), given.releases), count=given.releases + 1)
    dump = np.sort(random.choice(PERSONS, 10_000, replace=False)).astype(np.int64)
    tell("the same with 100,000 later items", count=10_000, used=measured(lambda: grown.overlap(dump)), floor=floor)


if __name__ == "__main__":
    main()
