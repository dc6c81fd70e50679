"""What the workers of one run need: how the dump is read, the keys of tokens, and where the index of persons lies.

It lies in a private file, sealed under a key of this run alone, which comes to the workers by another road. Neither is
enough by itself, and both go with the run.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from suyuan.crypto.aead import Sealer
from suyuan.crypto.token import Tokenizer
from suyuan.errors import UnavailableError
from suyuan.terms import FieldName, KindName
from suyuan.trace.dump import DumpColumn, fields_of, kinds_of
from suyuan.trace.files.dialect import Dialect
from suyuan.trace.matching.index import PersonIndex
from suyuan.trace.ports import Numbers, Tokens

_CONTEXT: Final = b"suyuan/engine-job/v1"
NOBODY: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """Tokens of a kind, ascending, then their persons, -1 for not one; `starts` are the places where its shards begin."""

    path: Path
    count: int
    starts: tuple[int, ...]

    def shard(self, number: int) -> PersonIndex:
        """Give one shard as an index."""
        begin, end = (*self.starts, self.count)[number : number + 2]
        return self._between(begin, end)

    def whole(self) -> PersonIndex:
        """Give all shards as one index."""
        return self._between(0, self.count)

    def _between(self, begin: int, end: int) -> PersonIndex:
        if begin == end:
            return PersonIndex(keys=np.empty(0, dtype=np.uint64), persons=np.empty(0, dtype=np.int64))
        keys = np.memmap(self.path, dtype=np.uint64, mode="r", shape=(self.count,))
        persons = np.memmap(self.path, dtype=np.int64, mode="r", offset=self.count * 8, shape=(self.count,))
        return PersonIndex(keys=np.asarray(keys[begin:end]), persons=np.asarray(persons[begin:end]))


def write_index(path: Path, *, tokens: Tokens, persons: Numbers, shards: int) -> IndexFile:
    """Write the index of a kind into a private file.

    Args:
        tokens: distinct, ascending.
        shards: into how many it is cut by the tokens' first bits; a power of two.
    """
    private_file(path, parts=(tokens.tobytes(), persons.astype(np.int64).tobytes()))
    firsts = np.arange(shards, dtype=np.uint64) << np.uint64(64 - shard_bits(shards)) if shards > 1 else np.zeros(1)
    starts = np.searchsorted(tokens, firsts.astype(np.uint64))
    return IndexFile(path=path, count=len(tokens), starts=tuple(int(start) for start in starts))


def shard_bits(shards: int) -> int:
    """Give how many first bits of a token name its shard."""
    return shards.bit_length() - 1


def shards_of(tokens: Tokens, *, shards: int) -> Numbers:
    """Give the shard of each token."""
    if shards == 1:
        return np.zeros(len(tokens), dtype=np.int64)
    return (tokens >> np.uint64(64 - shard_bits(shards))).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One reading of one dump. `keys` are the keys of tokens by kind; they are never printed.

    `by_bytes`: by the fast road (`matching.road`), else by the general one. `keeps_text`: rows that cannot be read are
    given back with their text, because the user wants them in a file. `known` are the names of all columns, also of those
    that are not read.
    """

    path: Path
    dialect: Dialect
    columns: tuple[DumpColumn, ...]
    by_bytes: bool
    keeps_text: bool
    shards: int
    index: Mapping[KindName, IndexFile]
    keys: Mapping[KindName, bytes] = field(repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)

    @property
    def fields(self) -> dict[int, FieldName]:
        """The field of every wanted column."""
        return fields_of(self.columns)

    @property
    def kinds(self) -> dict[FieldName, KindName]:
        """The kind of every field."""
        return kinds_of(self.columns)

    @cached_property
    def tokenizers(self) -> dict[KindName, Tokenizer]:
        """The makers of tokens by kind."""
        return {kind: Tokenizer.of_key(key, kind=kind) for kind, key in self.keys.items()}

    @cached_property
    def people(self) -> "WholeIndex":
        """The index of persons, all of it."""
        return WholeIndex(self.index)

    def seal(self, path: Path, *, key: bytes, nonce: bytes) -> None:
        """Write the job into a private file, sealed."""
        document = {
            "path": str(self.path),
            "dialect": self.dialect,
            "columns": [(c.index, c.name, c.field, c.kind) for c in self.columns if c.field is not None],
            "by_bytes": self.by_bytes,
            "keeps_text": self.keeps_text,
            "shards": self.shards,
            "index": {kind.value: (str(one.path), one.count, one.starts) for kind, one in self.index.items()},
            "keys": {kind.value: one.hex() for kind, one in self.keys.items()},
            "known": self.known,
        }
        private_file(path, parts=(Sealer(key).wrap(orjson.dumps(document), nonce=nonce, associated=_CONTEXT),))


class WholeIndex:
    """Finds persons by tokens in index files."""

    __slots__ = ("_files", "_opened")

    def __init__(self, files: Mapping[KindName, IndexFile]) -> None:
        self._files = files
        self._opened: dict[KindName, PersonIndex] = {}

    def numbers(self, kind: KindName, *, tokens: Tokens) -> Numbers:
        """See `ports.PeopleIndex`."""
        if kind not in self._files:
            return np.full(len(tokens), NOBODY, dtype=np.int64)
        if kind not in self._opened:
            self._opened[kind] = self._files[kind].whole()
        return self._opened[kind].find(tokens)


@lru_cache(maxsize=2)
def job_of(path: str, key: bytes) -> Job:
    """Open a sealed job; once for a process.

    Raises: UnavailableError: `trace.engine-folder`, the file is not there for this process.
    """
    try:
        sealed = Path(path).read_bytes()
    except OSError as error:
        raise no_folder(error) from None
    found = orjson.loads(Sealer(key).unwrap(sealed, associated=_CONTEXT))
    return Job(
        path=Path(found["path"]),
        dialect=Dialect.of_values(found["dialect"]),
        columns=tuple(
            DumpColumn(index=index, name=name, field=FieldName(of), kind=KindName(kind), share=1.0)
            for index, name, of, kind in found["columns"]
        ),
        by_bytes=found["by_bytes"],
        keeps_text=found["keeps_text"],
        shards=found["shards"],
        index={
            KindName(kind): IndexFile(path=Path(path), count=count, starts=tuple(starts))
            for kind, (path, count, starts) in found["index"].items()
        },
        keys={KindName(kind): bytes.fromhex(one) for kind, one in found["keys"].items()},
        known=tuple(found["known"]),
    )


@lru_cache(maxsize=4)
def shard_of(path: str, key: bytes, *, kind: KindName, number: int) -> PersonIndex:
    """Open one shard of a job's index; the last few stay open in a process."""
    return job_of(path, key).index[kind].shard(number)


def private_file(path: Path, *, parts: tuple[bytes, ...]) -> None:
    """Write a new file that only its owner may read.

    Raises: UnavailableError: `trace.engine-folder`.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
    except OSError as error:
        raise no_folder(error) from None


def no_folder(error: OSError) -> UnavailableError:
    """Give the error of a folder that driver and workers do not share."""
    return UnavailableError(
        f"the folder of this run cannot be written, or not be read by a worker (system error {error.errno})",
        code="trace.engine-folder",
        hint="name a folder with --engine-folder that is the same for this machine and every worker, run by the same user",
    )
