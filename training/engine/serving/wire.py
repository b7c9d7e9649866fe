"""What the asking process and warm engines say to each other over Redis. Imports no torch.

A request is two entries: its header (JSON) in the list of a device class, and the bytes of its
image under a key of their own, which expires when nobody waits any more. An engine takes the header
off the list, then the image, and notes under ``taken_key`` that it has the request; the answer goes
into a list of the request's own. So whoever asks can tell at any time where a request is:

    in the list           nobody has taken it yet
    taken by an engine    "taken": it waits in that engine; "working": its batch is computed
    nowhere               answered, or the engine died between two of these steps

An engine that lives renews ``engine_key`` once a second.
"""

import json
from typing import Any, Literal, NotRequired, TypedDict

import redis

PREFIX = "segloop:serving:"
KEEPERS = f"{PREFIX}keepers"
"""A hash: what each gpu worker offers (:class:`KeeperState`), by the worker's name."""

ENGINE_EXPIRES_SECONDS = 10
ANSWER_EXPIRES_SECONDS = 60
TAKEN_EXPIRES_SECONDS = 300

DeviceClass = Literal["gpu", "cpu"]
Operation = Literal["predict", "load"]
FailureKind = Literal["unreadable", "failed", "memory", "refused"]
TakenState = Literal["taken", "working"]


class RequestOptions(TypedDict):
    """By Ultralytics' names; ``classes`` are indices, null: all of them."""

    conf: float
    iou: float
    classes: list[int] | None
    imgsz: int
    max_det: int
    retina_masks: bool
    half: bool


class RequestHeader(TypedDict):
    """``path``: of the model, relative to the data folder; ``sha256``: of that very file (or of the
    files of a folder, see :func:`training.engine.serving.files.hash_model`). ``attempt``: how often
    an engine has died at it. ``size``: bytes of the image."""

    id: str
    operation: Operation
    path: str
    sha256: str
    options: RequestOptions
    attempt: int
    size: int
    max_megapixels: float


class AnswerTimes(TypedDict):
    """Milliseconds in the engine. ``load``: of the model, 0 where it was warm. ``model``: resizing,
    network and non-maximum suppression of the whole batch; ``masks``: from logits to polygons."""

    decode: float
    load: float
    model: float
    masks: float


class EngineAnswer(TypedDict):
    """``instances``: as ``PredictedInstance``. ``notice``: why this device, or "". ``batch``: how
    many images were computed together. A failed request has ``kind`` and ``message`` alone."""

    width: NotRequired[int]
    height: NotRequired[int]
    instances: NotRequired[list[Any]]
    milliseconds: NotRequired[AnswerTimes]
    device: NotRequired[str]
    device_name: NotRequired[str]
    notice: NotRequired[str]
    batch: NotRequired[int]
    kind: NotRequired[FailureKind]
    message: NotRequired[str]


class EngineState(TypedDict):
    """What an engine says of itself. ``models``: paths, the latest used last."""

    device: str
    device_name: str
    device_class: DeviceClass
    models: list[str]


class KeeperState(TypedDict):
    """``beat``: seconds of the Unix clock. ``refuses``: why the worker answers nothing now, or "".
    ``engine``: the name of its engine, "" where none runs."""

    beat: float
    device_class: DeviceClass
    device: str
    refuses: str
    notice: str
    engine: str


def waiting_key(device_class: DeviceClass) -> str:
    """The list of headers that no engine has taken."""
    return f"{PREFIX}waiting:{device_class}"


def wanted_key(device_class: DeviceClass) -> str:
    """A list: each entry asks one worker of that class to start its engine."""
    return f"{PREFIX}wanted:{device_class}"


def image_key(request_id: str) -> str:
    return f"{PREFIX}image:{request_id}"


def answer_key(request_id: str) -> str:
    return f"{PREFIX}answer:{request_id}"


def taken_key(request_id: str) -> str:
    return f"{PREFIX}taken:{request_id}"


def engine_key(name: str) -> str:
    return f"{PREFIX}engine:{name}"


def pack(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


_PUT = """
local waiting = redis.call('LRANGE', KEYS[1], 0, -1)
if #waiting >= tonumber(ARGV[4]) then return 0 end
local bytes = #ARGV[2]
for _, header in ipairs(waiting) do
  bytes = bytes + tonumber(string.match(header, '"size":(%d+)') or 0)
end
if bytes > tonumber(ARGV[5]) then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if ARGV[6] == '1' then redis.call('LPUSH', KEYS[1], ARGV[1])
else redis.call('RPUSH', KEYS[1], ARGV[1]) end
return 1
"""


def put_request(
    client: "redis.Redis",
    device_class: DeviceClass,
    header: RequestHeader,
    image: bytes,
    *,
    expires_seconds: float,
    most_waiting: int,
    most_bytes: int,
    is_first: bool = False,
) -> bool:
    """Queue a request; False where the list is full. ``is_first``: before all others."""
    put = client.register_script(_PUT)
    return bool(
        put(
            keys=[waiting_key(device_class), image_key(header["id"])],
            args=[
                pack(header),
                image,
                max(1, round(expires_seconds * 1000)),
                most_waiting,
                most_bytes,
                int(is_first),
            ],
        )
    )


def take_images(client: "redis.Redis", request_ids: list[str], engine: str) -> list[bytes | None]:
    """Note that an engine has taken requests, and return their images; None: nobody waits."""
    pipeline = client.pipeline(transaction=False)
    for request_id in request_ids:
        pipeline.set(taken_key(request_id), f"taken {engine}", ex=TAKEN_EXPIRES_SECONDS)
        pipeline.getdel(image_key(request_id))
    found: list[bytes | None] = pipeline.execute()[1::2]
    return found


def mark_taken(
    client: "redis.Redis", request_ids: list[str], engine: str, state: TakenState
) -> None:
    pipeline = client.pipeline(transaction=False)
    for request_id in request_ids:
        pipeline.set(taken_key(request_id), f"{state} {engine}", ex=TAKEN_EXPIRES_SECONDS)
    pipeline.execute()


def put_answer(client: "redis.Redis", request_id: str, answer: EngineAnswer) -> None:
    """Answer a request: from now on no engine has it."""
    pipeline = client.pipeline(transaction=True)
    pipeline.rpush(answer_key(request_id), pack(answer))
    pipeline.expire(answer_key(request_id), ANSWER_EXPIRES_SECONDS)
    pipeline.delete(taken_key(request_id))
    pipeline.execute()
