"""The matrix that is committed is the one that the policies give."""

from __future__ import annotations

from conftest import ROOT

from access.matrix import Matrix
from access.page import differences, page_of, read_page
from access.table import table_of

PAGE = ROOT / "docs" / "access-matrix.md"


def test_nobody_may_more_or_less_than_is_written(matrix: Matrix):
    computed = table_of(matrix)
    committed = PAGE.read_text("utf-8")
    found = differences(read_page(committed), computed)
    assert found == [], "\n".join(["if this is meant: npm run lake -- access --write", *found])
    assert committed == page_of(computed)
