"""What every test may rely on: the repository's root, quiet hypothesis profiles, and the shared data when present."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.cheap_passphrase import stretch_little
from tests.mariadb_server import MariaDbServer, running_mariadb
from tests.postgres_server import PostgresServer, running_server
from tests.scratch import settle
from tests.verbs_once import build_once

ROOT = Path(__file__).resolve().parent.parent

settle()  # Before pytest asks where its own temporary folders belong.
stretch_little()
build_once()

# Two cores shared with other work: a deadline would measure the neighbours. `thorough` is for `make test-slow`.
settings.register_profile("ordinary", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("ordinary"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ordinary"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the clone."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real event logs beside the clone; the test skips where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real event logs are not beside this clone (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def febrl() -> Path:
    """The folder of FEBRL's csv files (`tools/env febrl`); the test skips where it was not prepared."""
    folder = os.environ.get("SUYUAN_FEBRL_DIR")
    if not folder:
        pytest.skip("SUYUAN_FEBRL_DIR is not set; `make test` sets it")
    return Path(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run; take a `new_database` of it for each test. It must be left running."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDbServer]:
    """A MariaDB server for the whole run; take a `new_database` of it for each test. It must be left running."""
    with running_mariadb() as server:
        yield server
