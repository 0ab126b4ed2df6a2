"""CSV: rows that a spreadsheet reads as what they are."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from stanch.model import Location, Result
from stanch.report.csv import COLUMNS

from .samples import FILE, KEY, finding, full, result, results, written


def rows(value: Result, *, show_secrets: bool = False) -> list[dict[str, str]]:
    """Return the rows that are written, by the names of the columns."""
    text = written("csv", value, show_secrets=show_secrets)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_for_each_place() -> None:
    """Each place has a row, those at HEAD first, with what its finding says in every one."""
    token = [row for row in rows(full()) if row["rule"] == "github-pat" and not row["dropped"]]
    assert [row["path"] for row in token][:2] == ["src/settings.py", "docs/größe 100%.md"]
    assert len(token) == len(full().findings[1].locations)
    assert {(row["confidence"], row["masked"], row["secret"]) for row in token} == {("high", "ghp_…A1b2", "")}


@given(results())
def test_anything(value: Result) -> None:
    """Whatever stands in a result, the table has all columns in each row and no formula in any cell."""
    table = list(csv.reader(io.StringIO(written("csv", value), newline=""), strict=True))
    assert len(table) == 1 + sum(max(1, len(set(found.locations))) for found in value.findings)
    assert {len(row) for row in table} == {len(COLUMNS)}
    assert not [cell for row in table for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("path", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("  =1", "'  =1"),
        ("\u3000\uff1d1", "'\u3000\uff1d1"),
        ("\t=1", r"\x09=1"),
        ('a",=1', 'a",=1'),
        ("a=1", "a=1"),
    ],
)
def test_formulas(path: str, cell: str) -> None:
    """A cell that a spreadsheet would compute gets an apostrophe; nothing breaks out of its cell."""
    assert rows(result(finding(b"x" * 20, replace(FILE, path=path))))[0]["path"] == cell


def test_a_key_keeps_its_lines() -> None:
    """A secret of several lines, asked for, can be copied out."""
    (row,) = rows(result(finding(KEY)), show_secrets=True)
    assert row["secret"] == "'" + KEY.decode()


def test_the_columns_are_documented() -> None:
    """docs/reports.md names them, in their order."""
    section = (Path(__file__).parents[2] / "docs/reports.md").read_text("utf-8").partition("The columns:")[2]
    assert re.findall(r"`(\w+)`", section.partition("A cell")[0]) == list(COLUMNS)


def test_lines_end_as_the_rfc_says() -> None:
    """RFC 4180 wants carriage return and newline."""
    place = Location(".", "a", 1, 1, 1, 9)
    lines = written("csv", result(finding(b"x" * 20, place))).split("\r\n")
    assert [len(lines), lines[-1]] == [3, ""]
