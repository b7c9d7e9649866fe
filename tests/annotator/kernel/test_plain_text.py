"""Names on their way into file names, CSV, YAML and Markdown."""

import csv
import io
import re
from urllib.parse import unquote

import pytest
import yaml

from annotator.api.web.streaming import download_headers
from annotator.kernel.plain_text import (
    csv_line,
    is_one_line,
    markdown_text,
    one_line,
    safe_file_name,
)
from tests.probe import ODD_NAMES


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_name_is_one_name_everywhere(name: str) -> None:
    made = safe_file_name(f"{name}.pt")
    assert re.fullmatch(r'[^<>:"/\\|?*\x00-\x1f\x7f-\x9f\u202a-\u202e]+\.pt', made)
    assert not made.startswith(".")
    assert len(safe_file_name(f"{name * 40}.html").encode()) < 200
    assert safe_file_name(made) == made


def test_a_plain_file_name_stays() -> None:
    for name in ("night-best.pt", "Läufer 2 (run 7).html", "日本語.zip", "a.b.tar.gz"):
        assert safe_file_name(name) == name
    assert safe_file_name("") == "file"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_header_of_a_download_names_one_file(name: str) -> None:
    header = download_headers(f"{name}.zip")["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    plain = re.fullmatch(r'attachment; filename="([^"/\\]+\.zip)"', header)
    encoded = re.fullmatch(r"attachment; filename\*=utf-8''([^/\\\"]+\.zip)", header)
    assert plain or encoded, header
    if encoded:
        assert unquote(encoded[1]) == safe_file_name(f"{name}.zip")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_cell_of_csv_is_a_formula(name: str) -> None:
    [row] = csv.reader(io.StringIO(csv_line([name, 3, None, -1.5]).decode(), newline=""))
    assert not row[0].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert row[0].lstrip("'") == name
    assert row[1:] == ["3", "", "-1.5"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_comment_of_yaml_stays_a_comment(name: str) -> None:
    assert yaml.safe_load(f"# {one_line(name)}\nepochs: 1\n") == {"epochs": 1}
    assert is_one_line(one_line(name))


def test_markdown_shows_what_stands_there() -> None:
    shown = markdown_text("<img src=x onerror=1> [a](javascript:b) `c` # d\n# e")
    assert "<" not in shown.replace("\\<", "")
    assert "\n" not in shown
    assert r"\[a\]\(javascript:b\)" in shown
