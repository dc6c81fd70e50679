"""The platform's own database, read as it stands: PostgreSQL, MySQL and MariaDB; nothing is ever written to it."""

from suyuan.adapters.sources.opening import open_source
from suyuan.adapters.sources.reading import SourceDatabase
from suyuan.adapters.sources.roads import Roads, Table

__all__ = ["Roads", "SourceDatabase", "Table", "open_source"]
