"""Opens a source's database by the scheme of its URL; the driver is loaded only then."""

from contextlib import AbstractContextManager

from suyuan.adapters.sources.reading import SourceDatabase
from suyuan.collect.source import Source
from suyuan.errors import RefusedError, UnavailableError


def open_source(source: Source) -> AbstractContextManager[SourceDatabase]:
    """Open the database of a source, in a transaction that may only read.

    Raises: RefusedError: the URL is of no kind that is known, or holds a password. UnavailableError: the driver is not
        installed, or the server cannot be reached.
    """
    scheme = source.database.partition("://")[0]
    try:
        if scheme in ("postgresql", "postgres"):
            from suyuan.adapters.sources.postgres import open_postgres

            return open_postgres(source)
        if scheme in ("mysql", "mariadb"):
            from suyuan.adapters.sources.mysql import open_mysql

            return open_mysql(source)
    except ImportError as error:
        extra = "postgres" if scheme.startswith("postgres") else "mysql"
        raise UnavailableError(
            f"what speaks to the database of source {source.name} is not installed",
            code="source.driver",
            hint=f"install suyuan[{extra}]",
        ) from error
    raise RefusedError(
        f"source {source.name}: its database is no postgresql:// or mysql:// URL", code="source.database"
    )
