"""How many requests a minute one token may send: those of the last minute, counted in Redis."""

import time
import uuid
from typing import Any

from django.contrib.auth.models import User

from .asking import serving_redis
from .errors import LimitReachedError

WINDOW_SECONDS = 60.0

_COUNT = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[3])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return oldest[2] or oldest[1][2]
end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[3]))
return false
"""


def count_request(what: str, user: User, token: object, most: int) -> None:
    """Count a request of a token (of a person, where they asked by a session) for ``what``.

    Raises LimitReachedError.
    """
    who = f"user:{user.pk}" if token is None else f"token:{getattr(token, 'pk', token)}"
    now = time.time()
    count = serving_redis().register_script(_COUNT)
    oldest: Any = count(
        keys=[f"segloop:serving:limit:{what}:{who}"],
        args=[now, most, WINDOW_SECONDS, uuid.uuid4().hex],
    )
    if oldest is not None:
        wait = float(oldest) + WINDOW_SECONDS - now
        raise LimitReachedError(most, max(1, round(wait + 0.5)))
