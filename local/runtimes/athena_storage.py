"""Objects of the embedded S3 as files of DuckDB, read from moto's state without the way over HTTP."""

from __future__ import annotations

import base64
import io
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import fsspec
from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends

from local import request_context
from local.enforcement import inside
from local.refusals import RefusalError
from local.request_context import Principal
from local.runtimes.athena_errors import QueryError, ScanLimitError

SCHEME = "lake"
_HIDDEN = ("_", ".")
_numbers = itertools.count()


@dataclass(frozen=True)
class StoredObject:
    """An object, its size in bytes and where it is."""

    uri: str
    size: int

    @property
    def key(self) -> str:
        """The key in its bucket."""
        return split_uri(self.uri)[1]


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; `s3a` and `s3n` are taken for the same."""
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme not in ("s3", "s3a", "s3n"):
        raise QueryError("INVALID_TABLE_PROPERTY", f"{uri} is no address of S3")
    bucket, _, key = rest.partition("/")
    return bucket, key


class Storage:
    """What one statement reads and writes for somebody, counted; refuses what may not be touched."""

    def __init__(self, account: str, reader: Principal | None, scan_limit: int | None, service: str = "athena") -> None:
        self._account = account
        self._reader = reader
        self._limit = scan_limit
        self._service = service
        self._readable: set[str] = set()
        self._lock = threading.Lock()
        self.name = str(next(_numbers))
        """Tells its files from those of others."""
        self._is_counting = False
        self.scanned = 0
        """Bytes read of data files: of Parquet only footers and the columns that were needed, of others everything."""

    def listing(self, uri: str) -> list[StoredObject]:
        """Everything below a prefix, in order, apart from empty and hidden objects."""
        bucket, prefix = split_uri(uri)
        self._bucket(bucket)
        self._require(lambda: inside.listing_needs(bucket, prefix))
        keys = dict(self._bucket(bucket).keys.items())
        found = [
            StoredObject(f"s3://{bucket}/{name}", key.size)
            for name, key in keys.items()
            if name.startswith(prefix) and not isinstance(key, FakeDeleteMarker) and key.size
        ]
        return sorted((entry for entry in found if not _is_hidden(entry.key, prefix)), key=lambda entry: entry.uri)

    def read(self, uri: str) -> bytes:
        """A whole object, such as metadata: not counted as scanned."""
        return self._key(uri).value

    def write(self, uri: str, body: bytes, key_arn: str | None = None) -> None:
        """Puts an object, which is announced as any other; `key_arn` is the key that a workgroup asks for."""
        bucket, key = split_uri(uri)
        self._bucket(bucket)
        self._require(lambda: inside.object_write_needs(bucket, key, key_arn))
        with request_context.handling(self._reader) if self._reader else nullcontext():
            s3_backends[self._account]["aws"].put_object(bucket, key, body)

    def path(self, uri: str) -> str:
        """The file of DuckDB for an object; of an empty address, what all of them begin with."""
        return f"{SCHEME}://{self.name}/o/{uri.partition('://')[2]}"

    def partition_path(self, uri: str, values: dict[str, str]) -> str:
        """The file of DuckDB for an object in a partition: its path says the values, whatever the key looks like."""
        folders = "".join(f"{name}={quote(value, safe='')}/" for name, value in values.items())
        name = base64.urlsafe_b64encode(uri.encode()).decode().replace("=", "")
        return f"{SCHEME}://{self.name}/p/{folders}{name}{_extension(uri)}"

    def size(self, uri: str) -> int:
        """Bytes of an object."""
        return self._key(uri).size

    def modified(self, uri: str) -> Any:
        """When an object was last written."""
        return self._key(uri).last_modified

    def count(self, amount: int) -> None:
        """Notes what was read of data.

        Raises ScanLimitError beyond the limit of the workgroup.
        """
        if not self._is_counting:
            return
        with self._lock:
            self.scanned += amount
            if self._limit is not None and self.scanned > self._limit:
                raise ScanLimitError

    @contextmanager
    def counting(self) -> Iterator[None]:
        """The time in which a statement runs: what is read to find out columns and types costs nothing in Athena."""
        self._is_counting = True
        try:
            yield
        finally:
            self._is_counting = False

    def check_read(self, uri: str) -> None:
        """Whether there is something that the reader's account may read; of objects their policies decide as well."""
        self._bucket(split_uri(uri)[0])

    def check_place(self, uri: str) -> None:
        """Whether the reader may find out where the bucket is, which Athena does before it writes there."""
        bucket = split_uri(uri)[0]
        self._bucket(bucket)
        self._require(lambda: inside.place_needs(bucket))

    def _require(self, needed: Callable[[], list[inside.Need]]) -> None:
        if not inside.is_enforced():
            return
        try:
            inside.require(self._reader, self._service, needed())
        except RefusalError as refusal:
            raise QueryError("PERMISSION_DENIED", f"Access Denied: {refusal.message}") from refusal

    def _bucket(self, name: str) -> Any:
        _, owner = s3_backends.bucket_accounts.get(name, (None, None))
        if owner is None:
            raise QueryError("HIVE_METASTORE_ERROR", f"The specified bucket does not exist: {name}")
        if owner != self._account:
            raise QueryError("PERMISSION_DENIED", f"Access Denied: the bucket {name} belongs to another account")
        return s3_backends[owner]["aws"].head_bucket(name)

    def _key(self, uri: str) -> FakeKey:
        self.check_read(uri)
        bucket, name = split_uri(uri)
        if uri not in self._readable:
            self._require(lambda: inside.object_read_needs(bucket, name))
            self._readable.add(uri)
        key = s3_backends[self._account]["aws"].get_object(bucket, name)
        if key is None:
            raise QueryError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening {uri}: the object does not exist")
        return key


class LakeFiles(fsspec.AbstractFileSystem):
    """The filesystem of DuckDB: each storage has its own files, and everything that is read of them is counted."""

    protocol = SCHEME
    cachable = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._storages: dict[str, Storage] = {}

    def add(self, storage: Storage) -> None:
        """From now on its files are there."""
        self._storages[storage.name] = storage

    def remove(self, storage: Storage) -> None:
        """Its files are gone."""
        self._storages.pop(storage.name, None)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Name and size, as fsspec has them."""
        storage, uri = self._find(path)
        return {"name": path, "size": storage.size(uri), "type": "file"}

    def exists(self, path: str, **_: Any) -> bool:
        """Files are listed before they are read."""
        return True

    def glob(self, path: str, **_: Any) -> list[str]:
        """A path means itself: keys may have any character."""
        return [path]

    def modified(self, path: str) -> Any:
        """When the object was last written."""
        storage, uri = self._find(path)
        return storage.modified(uri)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BytesIO:
        storage, uri = self._find(path)
        return _CountedReader(storage.read(uri), storage.count)

    def _find(self, path: str) -> tuple[Storage, str]:
        name, kind, rest = path.removeprefix(f"{SCHEME}://").split("/", 2)
        if kind == "o":
            return self._storages[name], f"s3://{rest}"
        encoded = rest.rpartition("/")[2].partition(".")[0]
        return self._storages[name], base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


class _CountedReader(io.BytesIO):
    """An open file. DuckDB shares it between threads, each of which seeks and then reads: others come in between."""

    def __init__(self, body: bytes, count: Callable[[int], None]) -> None:
        super().__init__(body)
        self._count = count
        self._lock = threading.Lock()
        self._sought: dict[int, int] = {}

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with self._lock:
            position = super().seek(offset, whence)
            self._sought[threading.get_ident()] = position
        return position

    def read(self, size: int | None = -1) -> bytes:
        with self._lock:
            own = self._sought.pop(threading.get_ident(), None)
            if own is None:
                # Who has not sought goes on where the last one has ended, as with CSV.
                self._sought.clear()
            else:
                super().seek(own)
            part = super().read(size)
        self._count(len(part))
        return part

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        part = self.read(len(view))
        view[: len(part)] = part
        return len(part)


def _is_hidden(key: str, prefix: str) -> bool:
    return any(part.startswith(_HIDDEN) for part in key.removeprefix(prefix).split("/"))


def _extension(uri: str) -> str:
    name = uri.rpartition("/")[2]
    return name[name.index(".") :] if "." in name else ""
