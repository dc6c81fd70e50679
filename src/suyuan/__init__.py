"""suyuan (溯源): personal information that can be traced, from every release to the source of a leak."""

__version__ = "0.1.0"
