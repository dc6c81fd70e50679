"""A file system that forgets what was not synced, for power cuts without a power cut. Run: `python lossy_fs.py MOUNT KEPT`.

Everything is held in memory. A file's bytes are durable as they were at its last fsync or fdatasync; a name is
durable as its folder was at the folder's last fsync. Writing to the magic file `.syncfs` makes all of it durable,
as the syncfs call does on a real disk (FUSE does not pass that call on).

Each folder under the mount is one disk. Writing `LIFE SEED` to the magic file `.cut` cuts that disk's power: what was
durable is written to KEPT/LIFE on the real disk. With seed 0 everything else is lost; with another seed each unsynced
block of 4,096 bytes survives or not by a coin of that seed, so that writes tear and overtake each other. Writing
`LIFE from KEPT` to `.boot` makes a new disk from such a folder, all of it durable.

Source: POSIX fsync; the failure model of Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014, section 3.
"""

import errno
import os
import random
import stat
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fuse import FUSE, FuseOSError, Operations

BLOCK = 4096


@dataclass
class File:
    """A file's bytes now and as last synced, and which blocks were written since."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    dirty: set[int] = field(default_factory=set)
    mode: int = stat.S_IFREG | 0o600

    def write(self, data: bytes, offset: int) -> int:
        if offset > len(self.data):
            self.data.extend(bytes(offset - len(self.data)))
        self.data[offset : offset + len(data)] = data
        self.dirty.update(range(offset // BLOCK, (offset + len(data) - 1) // BLOCK + 1))
        return len(data)

    def truncate(self, length: int) -> None:
        if length < len(self.data):
            del self.data[length:]
        else:
            self.data.extend(bytes(length - len(self.data)))

    def sync(self) -> None:
        self.durable = bytes(self.data)
        self.dirty.clear()

    def after_cut(self, coin: random.Random | None) -> bytes:
        """Give what is on the disk after the power was cut."""
        if coin is None:
            return self.durable
        kept = bytearray(self.durable)
        for block in sorted(self.dirty):
            if coin.random() < 0.5:
                part = self.data[block * BLOCK : (block + 1) * BLOCK]
                if len(kept) < block * BLOCK:
                    kept.extend(bytes(block * BLOCK - len(kept)))
                kept[block * BLOCK : block * BLOCK + len(part)] = part
        return bytes(kept)


@dataclass
class Folder:
    """A folder's names now and as last synced."""

    names: dict[str, "File | Folder"] = field(default_factory=dict)
    durable: dict[str, "File | Folder"] = field(default_factory=dict)
    mode: int = stat.S_IFDIR | 0o700

    def sync(self) -> None:
        self.durable = dict(self.names)

    def sync_all(self) -> None:
        for node in self.names.values():
            if isinstance(node, Folder):
                node.sync_all()
            else:
                node.sync()
        self.sync()

    def after_cut(self, place: Path, *, coin: random.Random | None) -> None:
        """Write what is on the disk after the power was cut."""
        place.mkdir()
        for name, node in self.durable.items():
            if isinstance(node, Folder):
                node.after_cut(place / name, coin=coin)
            else:
                (place / name).write_bytes(node.after_cut(coin))


def boot(place: Path) -> Folder:
    """Give a disk with the files of a folder, all durable."""
    folder = Folder()
    for item in place.iterdir():
        folder.names[item.name] = boot(item) if item.is_dir() else File(bytearray(item.read_bytes()))
    folder.sync_all()
    return folder


class LossyFiles(Operations):  # type: ignore[misc]
    """What FUSE asks of a file system; one thread."""

    def __init__(self, kept: Path) -> None:
        self._root = Folder()
        self._kept = kept
        self._open: dict[int, File] = {}
        self._next = 1

    def _node(self, path: str) -> File | Folder:
        node: File | Folder = self._root
        for part in PurePosixPath(path).parts[1:]:
            if not isinstance(node, Folder) or part not in node.names:
                raise FuseOSError(errno.ENOENT)
            node = node.names[part]
        return node

    def _folder(self, path: str) -> tuple[Folder, str]:
        pure = PurePosixPath(path)
        folder = self._node(str(pure.parent))
        if not isinstance(folder, Folder):
            raise FuseOSError(errno.ENOTDIR)
        return folder, pure.name

    def _handle(self, node: File) -> int:
        self._next += 1
        self._open[self._next] = node
        return self._next

    def _magic(self, path: str, data: bytes) -> bool:
        match PurePosixPath(path).name:
            case ".syncfs":
                self._root.sync_all()
            case ".cut":
                life, seed = data.decode("ascii").split()
                disk = self._root.names.pop(life)
                coin = random.Random(int(seed)) if int(seed) else None
                if isinstance(disk, Folder):
                    disk.after_cut(self._kept / life, coin=coin)
            case ".boot":
                life, _, source = data.decode("ascii").split()
                self._root.names[life] = boot(self._kept / source)
            case _:
                return False
        return True

    def getattr(self, path: str, fh: int | None = None) -> dict[str, object]:
        node = self._open[fh] if fh is not None and fh in self._open else self._node(path)
        now, size = time.time(), len(node.data) if isinstance(node, File) else BLOCK
        return {
            "st_mode": node.mode, "st_size": size, "st_nlink": 1, "st_uid": os.getuid(), "st_gid": os.getgid(),
            "st_mtime": now, "st_ctime": now, "st_atime": now, "st_blocks": (size + 511) // 512,
        }  # fmt: skip

    def readdir(self, path: str, fh: int) -> list[str]:
        node = self._node(path)
        return [".", "..", *(node.names if isinstance(node, Folder) else ())]

    def create(self, path: str, mode: int, fi: object = None) -> int:
        folder, name = self._folder(path)
        node = folder.names[name] = File(mode=stat.S_IFREG | mode & 0o777)
        return self._handle(node)

    def open(self, path: str, flags: int) -> int:
        node = self._node(path)
        if isinstance(node, Folder):
            raise FuseOSError(errno.EISDIR)
        return self._handle(node)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self._open[fh].data[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return len(data) if self._magic(path, data) else self._open[fh].write(data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        node = self._open[fh] if fh in self._open else self._node(path)
        if isinstance(node, File):
            node.truncate(length)

    def fsync(self, path: str, datasync: int, fh: int) -> None:
        self._open[fh].sync()

    def fsyncdir(self, path: str, datasync: int, fh: int) -> None:
        node = self._node(path)
        if isinstance(node, Folder):
            node.sync()

    def release(self, path: str, fh: int) -> None:
        self._open.pop(fh, None)

    def unlink(self, path: str) -> None:
        folder, name = self._folder(path)
        del folder.names[name]

    def rename(self, old: str, new: str) -> None:
        source, name = self._folder(old)
        target, renamed = self._folder(new)
        target.names[renamed] = source.names.pop(name)

    def mkdir(self, path: str, mode: int) -> None:
        folder, name = self._folder(path)
        folder.names[name] = Folder(mode=stat.S_IFDIR | mode & 0o777)

    def rmdir(self, path: str) -> None:
        self.unlink(path)

    def chmod(self, path: str, mode: int) -> None:
        node = self._node(path)
        node.mode = stat.S_IFMT(node.mode) | mode & 0o777

    def chown(self, path: str, uid: int, gid: int) -> None:
        self._node(path)

    def utimens(self, path: str, times: object = None) -> None:
        self._node(path)

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": BLOCK, "f_blocks": 1 << 20, "f_bavail": 1 << 19, "f_bfree": 1 << 19, "f_namemax": 255}


def main() -> None:
    """Serve the mount until it is unmounted."""
    mount, kept = sys.argv[1:]
    FUSE(LossyFiles(Path(kept)), mount, foreground=True, nothreads=True, default_permissions=False)


if __name__ == "__main__":
    main()
