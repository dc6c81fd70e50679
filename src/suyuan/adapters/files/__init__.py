"""Tables in files: CSV and Parquet, read whole and written so that nothing half-written is ever seen."""

from suyuan.adapters.files.reading import decode_text, parse_table, read_bytes, read_table, require_flat
from suyuan.adapters.files.writing import CsvSink, ParquetSink, StreamSink, open_sink

__all__ = [
    "CsvSink",
    "ParquetSink",
    "StreamSink",
    "decode_text",
    "open_sink",
    "parse_table",
    "read_bytes",
    "read_table",
    "require_flat",
]
