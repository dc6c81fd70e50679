"""Discovery: which personal information stands in a text, a column, a file, or what an app sends.

Promises: reading any text ends without an error and in time proportional to its length; numbers are judged by check digit
and shape, and by what they are called just before; nothing found is ever printed clear.
Does not promise: that a name without a label is found, that what is found is real, or that what is not found is not there.
"""

from suyuan.discovery.engine import Engine, engine
from suyuan.discovery.finding import CATEGORY, Finding, What
from suyuan.discovery.scanner import Scanner

__all__ = ["CATEGORY", "Engine", "Finding", "Scanner", "What", "engine"]
