"""Where `discovery` looks: files and folders, SQLite files, PostgreSQL and MySQL; opened to read, never written."""

from suyuan.adapters.scanning.databases import DatabaseSource
from suyuan.adapters.scanning.files import FileSource

__all__ = ["DatabaseSource", "FileSource"]
