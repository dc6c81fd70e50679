from collections.abc import Callable, Iterator, Mapping, Sequence

from pyarrow import DataType, PythonFile, RecordBatch

class ReadOptions:
    def __init__(self, *, block_size: int | None = None) -> None: ...

class ParseOptions:
    def __init__(
        self,
        *,
        delimiter: str | None = None,
        invalid_row_handler: Callable[[object], str] | None = None,
        newlines_in_values: bool | None = None,
    ) -> None: ...

class ConvertOptions:
    def __init__(
        self,
        *,
        include_columns: Sequence[str] | None = None,
        column_types: Mapping[str, DataType] | None = None,
        check_utf8: bool | None = None,
        strings_can_be_null: bool | None = None,
    ) -> None: ...

def open_csv(
    input_file: PythonFile,
    read_options: ReadOptions | None = None,
    parse_options: ParseOptions | None = None,
    convert_options: ConvertOptions | None = None,
) -> Iterator[RecordBatch]: ...
