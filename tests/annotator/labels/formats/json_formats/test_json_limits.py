"""A JSON file without end is refused; no more of it is read than one object may have."""

import io

import pytest

from annotator.labels.formats.json_formats import json_stream
from annotator.labels.formats.json_formats.json_stream import JsonError, stream_json


def test_one_value_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_MEMBER_CHARS", 1 << 20)
    handle = io.BytesIO(b'{"annotations": [[' + b"1," * (8 << 20))
    with pytest.raises(JsonError, match="has a value of more than 1 MB"):
        list(stream_json(handle, opens=lambda path: len(path) < 2))
    assert handle.tell() < 2 << 20
