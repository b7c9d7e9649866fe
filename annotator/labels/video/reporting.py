"""What a person is told of a video that was read: what was lost of it, and what is odd about it."""

from .reading import VideoReader

MOST_READ = 20_000_000
"""Frames of one video: more than four days at 50 a second."""

_EARLY_MS = 300
_GAP_MS = 500
_GAP_FRAMES = 10


def describe_loss(reader: VideoReader, *, damaged: int, is_whole: bool) -> str:
    """Sentences about what could not be read, "" for nothing. ``damaged``: frames and packets of
    all attempts. ``is_whole``: read to its end, not to that of a part."""
    facts = reader.facts
    end = clock(reader.last_time_ms)
    sentences = []
    if is_whole and (reader.is_cut or _ends_early(reader)):
        whole = f" of {clock(facts.duration_ms)}" if facts.duration_ms else ""
        sentences.append(
            f"It is cut short or damaged: it can be read up to {end}{whole}, "
            f"{reader.next_number:,} frames."
        )
    if damaged:
        what = "1 frame or packet" if damaged == 1 else f"{damaged:,} frames or packets"
        sentences.append(f"{what} could not be decoded and {were(damaged)} left out.")
    if reader.next_number >= MOST_READ and not is_whole:
        sentences.append(f"Only its first {MOST_READ:,} frames were read.")
    return " ".join(sentences)


def _ends_early(reader: VideoReader) -> bool:
    facts = reader.facts
    if not facts.duration_ms:
        return False
    frame_ms = 1000 / (facts.fps or 25.0)
    missing_ms = facts.duration_ms - reader.last_time_ms - frame_ms
    if missing_ms <= max(_EARLY_MS, 4 * frame_ms):
        return False
    if facts.frames:  # the index says how many there are, however long the last one is shown
        return reader.next_number < facts.frames
    return True


def describe_header(reader: VideoReader, *, is_whole: bool) -> list[str]:
    """A sentence where the index of a video counts other frames than there are."""
    counted, read = reader.facts.frames, reader.next_number
    if not counted or not is_whole or counted == read:
        return []
    return [f"Its header says {counted:,} frames; {read:,} can be read."]


def describe_reading(reader: VideoReader) -> list[str]:
    """What a person should know of a video that was read, a sentence each."""
    facts = reader.facts
    notes = []
    begin, end = reader.longest_gap_ms
    if end - begin > max(_GAP_MS, _GAP_FRAMES * 1000 / (facts.fps or 25.0)):
        notes.append(
            f"It has no frame between {clock(begin)} and {clock(end)}: none was recorded "
            "there, or they are damaged."
        )
    if facts.rotation or facts.is_mirrored:
        turned = f"turned by {facts.rotation}°" if facts.rotation else "mirrored"
        notes.append(f"Frames are {turned}, as players show them.")
    if facts.is_stretched:
        notes.append("Its pixels are not square: frames are stretched as players show them.")
    if facts.is_hdr:
        notes.append("HDR: its range of brightness was compressed to that of ordinary images.")
    elif facts.bits > 8:
        notes.append(f"{facts.bits} bits a value were rounded to 8.")
    if facts.has_alpha:
        notes.append("Transparent parts are filled with white.")
    if reader.is_interlaced:
        notes.append(
            "It is interlaced: a frame holds two moments, and what moves has combed edges."
        )
    return notes


def expected_frames(reader: VideoReader) -> int | None:
    """How many frames a video promises: by its index, else by its length and its frame rate."""
    facts = reader.facts
    if facts.frames:
        return facts.frames
    if facts.duration_ms and facts.fps:
        return round(facts.duration_ms * facts.fps / 1000)
    return None


def clock(time_ms: int | None) -> str:
    """A time as people read it: ``1:02.5``, ``1:00:02``."""
    tenths = round((time_ms or 0) / 100)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 10:04.1f}".removesuffix(".0")
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"


def were(count: int) -> str:
    return "was" if count == 1 else "were"
