"""Spark is in a lock of its own and in no other: whoever traces on one machine does not download 480 MB."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_locks_are_made_of_every_extra_but_spark() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.search(r"^extras = \$\(patsubst %,--extra %,(.*)\)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert named is not None
    assert set(named[1].split()) == set(extras) - {"spark"}


def test_spark_is_in_its_own_lock_alone() -> None:
    holders = {path.name for path in ROOT.glob("requirements*.lock") if "pyspark==" in path.read_text()}
    assert holders == {"requirements-spark.lock"}


def test_the_lock_is_of_the_version_that_was_tried() -> None:
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["spark"]
    locked = re.findall(r"^([a-z0-9]+==[0-9.]+)", (ROOT / "requirements-spark.lock").read_text(), re.MULTILINE)
    assert sorted(locked) == sorted(group)
