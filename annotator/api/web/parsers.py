"""The JSON of requests: what no database could hold and no answer repeat is refused at the door."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import parsers
from rest_framework.exceptions import ParseError
from rest_framework.utils.json import strict_constant

LARGEST_INTEGER = 2**63 - 1
MOST_PARTS = 500_000
MOST_VALUES = 2_000_000
"""What an annotation of the most objects and points needs, with room (``labels.yolo``)."""


class JSONParser(parsers.JSONParser):
    """Refuses, besides what is no JSON: a key that stands twice in one object, integers of more
    than 64 bits, halves of surrogate pairs (``"\\ud800"``, which is no Unicode), and nesting that
    Python does not follow."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            content = read_limited(stream)
            refuse_many_parts(content)
            text = content.decode(encoding)
            value = json.loads(
                text,
                parse_constant=strict_constant,
                parse_int=read_integer,
                object_pairs_hook=read_object,
            )
            if "\\ud" in text or "\\uD" in text:
                json.dumps(value, ensure_ascii=False).encode()
        except RepeatedKeyError as error:
            raise ParseError(str(error)) from error
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise ParseError("The JSON has text with half of a surrogate pair.") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return value


def refuse_many_parts(content: bytes) -> None:
    """Raise ParseError where a body would take fifty times its size in memory."""
    if content.count(b"[") + content.count(b"{") > MOST_PARTS or content.count(b",") > MOST_VALUES:
        raise ParseError("The JSON has far too many values for one request.")


class RepeatedKeyError(ValueError):
    """JSON leaves open which of the two values counts."""


def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as JSON writes it; RepeatedKeyError where a key stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        [(repeated, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise RepeatedKeyError(f"`{repeated[:60]}` stands twice in one object of the JSON.")
    return found


def read_limited(stream: IO[Any]) -> bytes:
    """The body; RequestDataTooBig where it is larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    body: bytes = stream.read(most + 1)
    if len(body) > most:
        raise RequestDataTooBig
    return body


def read_integer(digits: str) -> int:
    """An integer as JSON writes it; ValueError where it has more than 64 bits."""
    value = int(digits)
    if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise ValueError(f"{digits[:30]} is too large a number")
    return value
