"""The invented world: seeded people, their parcels, accounts that work on them, and leaks of what was shown.

Promise: the same seed gives the same world; nothing in it can reach or be taken for a real person, because phones,
resident numbers, mailboxes and Western postcodes come from ranges that are reserved or not given out. Not promised:
that people behave like yours. The skews are plausible, not measured; `event_log` replays work that is real.
"""

from suyuan.simulation.dirt import dirty
from suyuan.simulation.event_log import assign_people, first_touches
from suyuan.simulation.leak import Leak, Normalisation, disguise, house_style, mistype, retype, take, write_dump
from suyuan.simulation.people import PEOPLE_SCHEMA, invent_people, invent_strangers
from suyuan.simulation.thief import BreakEven, break_even
from suyuan.simulation.work import CASES_SCHEMA, Work, invent_work

__all__ = [
    "CASES_SCHEMA",
    "PEOPLE_SCHEMA",
    "BreakEven",
    "Leak",
    "Normalisation",
    "Work",
    "assign_people",
    "break_even",
    "dirty",
    "disguise",
    "first_touches",
    "house_style",
    "invent_people",
    "invent_strangers",
    "invent_work",
    "mistype",
    "retype",
    "take",
    "write_dump",
]
