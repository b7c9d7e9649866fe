"""XML of other tools, element by element: no entities, no external files, bounded in every way."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from annotator.labels.encodings import xml_as_utf8

from ..trees import FileReadError, Tree

MAX_XML_BYTES = 4 * 1024**3
"""A file of labels for many images."""

MAX_SMALL_XML_BYTES = 32 * 1024**2
"""The file of one image."""

_MAX_TAG_BYTES = 32 * 1024**2
_MAX_DEPTH = 32
_MAX_KEPT = 1_000_000


class XmlError(FileReadError):
    """The file is no XML that is read; the message is a sentence for a person."""


class Event(NamedTuple):
    """An element begins (attributes alone) or has ended (whole); ``depth`` of the root is 0."""

    is_end: bool
    depth: int
    element: Element


def walk_xml(tree: Tree, path: str, *, limit_bytes: int, forget_depth: int = 1) -> Iterator[Event]:
    """Yield every element as it begins and as it ends.

    An element as deep as ``forget_depth`` or less is forgotten once its end was yielded, so that
    memory holds one at a time. Raises XmlError, FileReadError.
    """
    open_elements: list[Element] = []
    kept = 0
    with tree.open(path, limit_bytes=limit_bytes) as handle:
        try:
            for kind, element in iterparse(_Bounded(xml_as_utf8(handle)), events=("start", "end")):
                if kind == "start":
                    if len(open_elements) >= _MAX_DEPTH:
                        raise XmlError(f"The XML is nested more than {_MAX_DEPTH} deep.")
                    kept += 1
                    if kept > _MAX_KEPT:
                        raise XmlError(f"One element of the XML holds more than {_MAX_KEPT:,}.")
                    yield Event(False, len(open_elements), element)
                    open_elements.append(element)
                else:
                    open_elements.pop()
                    yield Event(True, len(open_elements), element)
                    if len(open_elements) <= forget_depth:
                        kept = 0
                        element.clear()
                        if open_elements:
                            del open_elements[-1][:]
        except DefusedXmlException as error:
            raise XmlError("The XML declares entities or names other files.") from error
        except ParseError as error:
            raise XmlError(f"The XML is damaged: {error}.") from error
        except (ValueError, LookupError) as error:  # an encoding that is not known
            raise XmlError(
                "The XML is in an encoding that is not read; save it as UTF-8."
            ) from error


def read_xml(tree: Tree, path: str) -> Element:
    """A small file, whole. Raises XmlError, FileReadError."""
    root: Element | None = None
    for event in walk_xml(tree, path, limit_bytes=MAX_SMALL_XML_BYTES, forget_depth=-1):
        root = event.element
    if root is None:
        raise XmlError("The XML is empty.")
    return root


def root_tag(tree: Tree, path: str) -> tuple[str, list[str]]:
    """The name of the root and those of its first children; ("", []) for what is no XML."""
    names: list[str] = []
    root = ""
    try:
        for event in walk_xml(tree, path, limit_bytes=MAX_XML_BYTES):
            if not event.is_end and event.depth == 0:
                root = event.element.tag
            elif not event.is_end and event.depth == 1:
                names.append(event.element.tag)
                if len(names) >= 20:
                    break
    except FileReadError:
        pass
    return root, names


def text_of(element: Element, path: str, default: str = "") -> str:
    """The text of a descendant without the space around it."""
    return (element.findtext(path) or default).strip()


class _Bounded:
    """A stream whose tags end in reach: expat holds one as a whole."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._open_bytes = 0

    def read(self, size: int = -1) -> bytes:
        data = self._handle.read(size if size > 0 else 1 << 16)
        last = data.rfind(b">")
        self._open_bytes = self._open_bytes + len(data) if last < 0 else len(data) - last
        if self._open_bytes > _MAX_TAG_BYTES:
            raise XmlError(f"A tag of the XML is larger than {_MAX_TAG_BYTES // 1024**2} MB.")
        return data
