"""Objects as files of DuckDB."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from local.runtimes.athena_storage import LakeFiles, Storage


class Stored:
    """A storage with one object."""

    name = "1"

    def __init__(self):
        self.scanned = 0

    def read(self, uri):
        return b"0123456789"

    def count(self, amount):
        self.scanned += amount


@pytest.fixture
def stored():
    return Stored()


@pytest.fixture
def file(stored):
    files = LakeFiles()
    files.add(cast("Storage", stored))
    return files.open("lake://1/o/bucket/key")


@pytest.fixture
def threads():
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        yield one, other


def test_threads_that_share_a_file_read_where_each_has_sought(file, stored, threads):
    one, other = threads
    one.submit(file.seek, 2).result()
    other.submit(file.seek, 6).result()
    assert other.submit(file.read, 2).result() == b"67"
    assert one.submit(file.read, 3).result() == b"234"
    assert stored.scanned == 5


def test_threads_that_do_not_seek_read_on_one_after_the_other(file, threads):
    one, other = threads
    one.submit(file.seek, 1).result()
    assert other.submit(file.read, 2).result() == b"12"
    assert one.submit(file.read, 2).result() == b"34"
    target = bytearray(4)
    assert other.submit(file.readinto, target).result() == 4
    assert bytes(target) == b"5678"
