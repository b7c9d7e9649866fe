"""Packets of a stream on their way into another file, undecoded."""

from collections.abc import Iterator
from typing import Any


def timed(packets: Iterator[Any]) -> Iterator[Any]:
    """Packets with a time to decode them at, of one stream or several.

    Matroska has none for the first ones of a stream whose images are not stored in the order in
    which they are shown.
    """
    waiting: dict[int, list[Any]] = {}
    last: dict[int, int] = {}
    for packet in packets:
        index = packet.stream.index
        if not packet.size or packet.pts is None:
            continue
        if packet.dts is None and index not in last:
            waiting.setdefault(index, []).append(packet)
            continue
        if packet.dts is None or packet.dts <= last.get(index, packet.dts - 1):
            packet.dts = last[index] + 1
            packet.pts = max(packet.pts, packet.dts)
        yield from _dated_back(waiting.pop(index, []), packet.dts)
        last[index] = packet.dts
        yield packet
    for held in waiting.values():
        yield from _dated_back(held, max(each.pts for each in held) + 1)


def _dated_back(packets: list[Any], end: int) -> Iterator[Any]:
    """Give packets times that end before ``end``, none of them behind its image's."""
    for place, packet in enumerate(packets):
        step = max(1, packet.duration or 1)
        packet.dts = min(packet.pts, end - (len(packets) - place) * step)
        yield packet
