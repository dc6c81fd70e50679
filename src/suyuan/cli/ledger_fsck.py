"""`suyuan ledger fsck`: the published files alone, checked as anyone outside can check them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.ledger_verify import CheckpointOption, PolicyOption, VkeyOption
from suyuan.cli.options import JsonOption, StoreOption, store_at
from suyuan.cli.output import print_json, result
from suyuan.cli.trust import read_checkpoint_file, read_given_key, read_policy_text
from suyuan.cli.verified import authenticate_key, document, follow_policy, tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from suyuan.crypto.sign import VerifyKey
    from suyuan.ledger.ports import TileFiles

EXAMPLE = """
  suyuan ledger fsck
  suyuan ledger fsck https://log.example.org/suyuan --vkey log.vkey
"""

PlaceArgument = Annotated[
    str | None,
    typer.Argument(metavar="[DIR|URL]", help="Published files elsewhere; by default this store's, and the store too."),
]
_ADDRESSES = ("http://", "https://")


def run(
    place: PlaceArgument = None,
    checkpoint: CheckpointOption = None,
    vkey: VkeyOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Check a ledger's public files from their bytes alone: signature, tiles at every level, tables, order, seals.

    Every seal's index is built anew from the entries, so nothing can be left out of it. Without DIR or URL the store's
    own entries, and what it keeps to find them, are held against the files as well. Needs no passphrase.
    """
    from suyuan import app
    from suyuan.cli.progress import bars
    from suyuan.ledger.fsck import fsck
    from suyuan.ledger.log import Log
    from suyuan.ledger.published import PublishedLog
    from suyuan.ledger.shards import line_of

    given = None if vkey is None else read_given_key(vkey)
    rules = None if policy is None else read_policy_text(policy)
    kept = [read_checkpoint_file(file) for file in checkpoint or ()]
    files, paths = _files_at(place) if place is not None else app.public_files(store_at(store))
    key = given or _key_of(files, rules=rules)
    log = Log(PublishedLog(files))
    with bars() as progress:
        progress.wait("files")
        verified = fsck(files, keys=(key,), paths=paths, kept=kept)
        line = line_of(log, keys=(key,))
        authenticated = authenticate_key(log, key=line[-1].key, given=given)
        word = None
        if rules is not None:
            word = follow_policy(rules, log=log, line=line, verified=verified)
            authenticated = authenticated or "policy"
        progress.wait("store")
        compared = None if place is not None else app.compare_ledger(store_at(store))
    if as_json:
        print_json(document(verified, line=line, authenticated=authenticated, word=word) | {"store": compared})
        return
    tell(verified, line=line, authenticated=authenticated, word=word)
    if compared is not None:
        result(f"the store has the same entries{_more(compared - verified.size)}, and finds them as they are")


def _files_at(place: str) -> "tuple[TileFiles, Iterable[str] | None]":
    """Give the files at an address or in a folder, and every path where they can be listed.

    Raises: RefusedError: `ledger.files`, there is no such folder.
    """
    from suyuan.adapters.files.tile_directory import TileDirectory
    from suyuan.adapters.http.tile_files import HttpTileFiles
    from suyuan.errors import RefusedError

    if place.startswith(_ADDRESSES):
        return HttpTileFiles(place), None
    if not Path(place).is_dir():
        raise RefusedError(
            "there is no such folder of published files", code="ledger.files", hint="name a folder, or an http(s) URL"
        )
    folder = TileDirectory(Path(place))
    return folder, folder.paths()


def _key_of(files: "TileFiles", *, rules: str | None) -> "VerifyKey":
    """Give the key to begin with where none was given: the policy's own, or what lies beside the files.

    Raises: VerificationError: there is none.
    """
    from suyuan.app import VKEY
    from suyuan.crypto.sign import VerifyKey, parse_vkey
    from suyuan.errors import VerificationError
    from suyuan.evidence.policy import read_policy
    from suyuan.ledger.checkpoint import PATH, read_checkpoint

    if rules is not None:
        origin = read_checkpoint(files.read(PATH) or b"").origin
        for log in read_policy(rules).logs:
            if log.name == origin:
                return VerifyKey(name=log.name, public=log.public)
    beside = files.read(VKEY)
    if beside is None:
        raise VerificationError(
            "there is no log.vkey beside the files",
            hint="see that these are a ledger's public files; if they are, give the log's key with --vkey",
        )
    return parse_vkey(beside.decode("ascii", "replace").strip())


def _more(unpublished: int) -> str:
    return f" and {unpublished:,} not published yet" if unpublished else ""
