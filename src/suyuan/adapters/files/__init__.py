"""Tables in files: CSV and Parquet, read whole and written so that nothing half-written is ever seen."""

from suyuan.adapters.files.reading import read_table
from suyuan.adapters.files.writing import CsvSink, ParquetSink, open_sink

__all__ = ["CsvSink", "ParquetSink", "open_sink", "read_table"]
