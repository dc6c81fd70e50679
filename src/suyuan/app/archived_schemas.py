"""The parts of a store that lie in PostgreSQL, in its backups: each schema's tables, and what the manifest says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from suyuan.app.backends import ADDRESSES, require_keys_apart
from suyuan.app.counting import Counted
from suyuan.config import SETTINGS_FILE, Settings, read_settings
from suyuan.config.edit import with_value
from suyuan.crypto import canonical
from suyuan.errors import RefusedError, VerificationError
from suyuan.hold.rotation import Progress

if TYPE_CHECKING:
    from suyuan.adapters.postgres.loading import Loading
    from suyuan.adapters.postgres.session import Contents
    from suyuan.adapters.postgres.snapshot import SchemaCopy

FOLDER: Final = "postgres"
"""Where an archive has the tables of schemas: `postgres/PART/TABLE.copy`."""
SCHEMAS: Final = "schemas"
"""What a manifest calls its account of them."""

_ENDS: Final = {"ledger": "", "data": "_data", "keys": "_keys"}


def parts_in_postgres(settings: Settings) -> tuple[str, ...]:
    """Give which of data, ledger and keys lie in PostgreSQL, in the order in which they are to be copied."""
    tables = {"data": settings.data.database, "ledger": settings.ledger.database, "keys": settings.keys.database}
    return tuple(part for part, database in tables.items() if database)


def copy_parts(
    settings: Settings, *, parts: Sequence[str], into: Path, progress: Progress
) -> dict[str, canonical.Json]:
    """Copy schemas as files below a folder; give what the manifest says of them, by part.

    Raises: UnavailableError: a server does not answer or refuses, or the disk does. RefusedError: as `read_people`.
    """
    addresses = {part: ADDRESSES[part](settings) for part in parts}
    from suyuan.adapters.postgres.snapshot import Source, copy_schemas

    sources = {part: Source(address=addresses[part], contents=_contents(part)) for part in parts}
    place = into / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    step = "copy " + " ".join(parts)
    copied = copy_schemas(sources, into=place, told=lambda done, total: progress(step, done, total))
    return {part: _told(one) for part, one in copied.items()}


def files_of(folder: Path) -> dict[str, Path]:
    """Give the copied tables below a folder as members of an archive."""
    return {path.relative_to(folder).as_posix(): path for path in sorted((folder / FOLDER).rglob("*.copy"))}


def is_table(name: str, *, parts: Sequence[str]) -> bool:
    """Say whether a member of an archive is a table of one of these parts."""
    path = PurePosixPath(name)
    return len(path.parts) == 3 and path.parts[0] == FOLDER and path.parts[1] in parts and path.suffix == ".copy"


def ledger_rows(facts: Mapping[str, canonical.Json]) -> int:
    """Give how many entries a copied ledger has."""
    return _read(facts, part="ledger").rows("entries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the parts that lie in PostgreSQL go in a restore, where it is not as the settings say.

    Args:
        data: the database of ledger and people. keys: the database of the keys.
        schema: the ledger's schema; people go to SCHEMA_data, keys to SCHEMA_keys.
    """

    data: str = ""
    keys: str = ""
    schema: str = ""


class LoadedParts:
    """Parts that are being restored into schemas beside their places, named in the settings aside until then."""

    def __init__(self, folder: Path, *, target: Target) -> None:
        self._settings_file = folder / SETTINGS_FILE
        self._folder = folder
        self._target = target
        self._loaded: dict[str, Loading] = {}
        self._final = ""

    def load(self, schemas: Mapping[str, canonical.Json], *, progress: Progress | None) -> None:
        """Load every schema that the archives have, and let the settings aside name them.

        Raises: RefusedError `backup.kind`: a place was named for what the backup has in files, or is missing;
            `store.exists`, `config.same_database`. UnavailableError: a server does not answer or refuses.
        """
        self._require_kind(schemas)
        text = self._placed(self._settings_file.read_text(encoding="utf-8"), schemas=schemas)
        self._write(text)
        self._final = text
        if not schemas:
            return
        settings = read_settings(self._folder)
        if "keys" in schemas:
            require_keys_apart(settings)
        total = sum(path.stat().st_size for path in files_of(self._folder).values())
        counter = Counted(progress, step="load", total=total)
        for part in schemas:
            self._loaded[part] = self._load(settings, part=part, copied=_read(schemas, part=part), told=counter)
            text = with_value(text, table=part, key="schema", value=self._loaded[part].aside.schema)
        self._write(text)

    def put_in_place(self) -> None:
        """Give every schema its name, and name it in the settings. Raises: as `Loading.put_in_place`."""
        for loading in self._loaded.values():
            loading.put_in_place()
        self._write(self._final)

    def close(self) -> None:
        """Take away what is not in its place."""
        for loading in self._loaded.values():
            loading.discard()

    def _load(self, settings: Settings, *, part: str, copied: "SchemaCopy", told: Callable[[int], None]) -> "Loading":
        address = ADDRESSES[part](settings)
        from suyuan.adapters.postgres.loading import load

        return load(
            address,
            contents=_contents(part),
            steps=_steps(part, version=copied.version),
            copied=copied,
            files=self._folder / FOLDER / part,
            told=told,
        )

    def _placed(self, text: str, *, schemas: Mapping[str, canonical.Json]) -> str:
        """Give settings that name where each part will lie."""
        for part in ("ledger", "data", "keys"):
            given = self._target.keys if part == "keys" else self._target.data
            if part not in schemas:
                text = with_value(text, table=part, key="database", value="")
                continue
            if given:
                text = with_value(text, table=part, key="database", value=given)
            if self._target.schema:
                text = with_value(text, table=part, key="schema", value=self._target.schema + _ENDS[part])
        return text

    def _require_kind(self, schemas: Mapping[str, canonical.Json]) -> None:
        for given, parts, option in (
            (self._target.data, ("ledger", "data"), "--postgres"),
            (self._target.keys, ("keys",), "--postgres-keys"),
            (self._target.schema, ("ledger", "data", "keys"), "--schema"),
        ):
            if given and not any(part in schemas for part in parts):
                raise RefusedError(
                    f"{option} was given, and the backup has this part in files",
                    code="backup.kind",
                    hint="restore it into files, as it was; then `suyuan hold migrate` moves it",
                )
        if "keys" in schemas and not self._target.keys and not read_settings(self._folder).keys.database:
            raise RefusedError(
                "the keys of this backup lay in PostgreSQL, and its settings name no database for them",
                code="backup.kind",
                hint="say where by --postgres-keys URL",
            )

    def _write(self, text: str) -> None:
        self._settings_file.write_text(text, encoding="utf-8")


def _contents(part: str) -> "Contents":
    from suyuan.adapters.postgres import key_store, people_schema, session

    return {"ledger": session.LEDGER, "data": people_schema.PEOPLE, "keys": key_store.KEYS}[part]


def _steps(part: str, *, version: int) -> Sequence[bytes]:
    """Give the scripts that make a part's schema as a version had it."""
    from suyuan.adapters.postgres import appending, key_store, people_schema

    if part == "data":
        return people_schema.STEPS[: version - people_schema.FIRST + 1]
    return (appending.STATEMENTS["schema"],) if part == "ledger" else key_store.STEPS


def _told(copied: "SchemaCopy") -> canonical.Json:
    return {
        "version": copied.version,
        "tables": {one.name: {"columns": list(one.columns), "rows": one.rows} for one in copied.tables},
    }


def _read(schemas: Mapping[str, canonical.Json], *, part: str) -> "SchemaCopy":
    """Read what a manifest says of a schema. Raises: VerificationError, RefusedError: it is not of a form we know."""
    from suyuan.adapters.postgres.snapshot import TABLES, SchemaCopy, TableCopy

    contents = _contents(part)
    found: list[TableCopy] = []
    match schemas[part]:
        case {"version": int(version), "tables": dict(tables)}:
            for name, table in tables.items():
                match table:
                    case {"columns": list(columns), "rows": int(rows)} if name in TABLES[contents.what]:
                        found.append(TableCopy(name=name, columns=tuple(map(str, columns)), rows=rows))
                    case _:
                        raise _unknown(part)
        case _:
            raise _unknown(part)
    if version > contents.version:
        raise RefusedError(
            f"the {contents.what} in the backup have version {version}, and this suyuan knows versions up to "
            f"{contents.version}",
            code="backup.newer",
            hint="install the newer suyuan that wrote it; nothing was restored",
        )
    return SchemaCopy(version=version, tables=tuple(found))


def _unknown(part: str) -> VerificationError:
    return VerificationError(
        f"the backup's account of {part} is not of a known form",
        code="backup.archive",
        hint="take another copy of it; nothing was restored",
    )
