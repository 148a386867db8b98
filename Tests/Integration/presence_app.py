"""An app whose clients say where they are present, and the crowd of its clients."""

from __future__ import annotations

from contextlib import AsyncExitStack

from onlooker import Onlooker

# How long the entry of a lost connection stays, and after which silence a node is gone, in seconds.
GRACE = 2.0
NODE_TIMEOUT = 5.0

WHO = """
    local Who = {}
    local last

    function Who:on_connect(auth)
      if auth and auth.key then self:track(auth.channel or "room", auth.key, auth.meta) end
      if auth and auth.watch then self:watch(auth.watch) end
      if auth and auth.unwanted then return false end
    end

    function Who:on_disconnect() last = perigee.presence("room") end

    function Who:on_track(channel, key, meta)
      self:track(channel, key, meta)
      return perigee.presence(channel)
    end

    function Who:on_untrack(channel)
      self:untrack(channel)
      return perigee.presence(channel)
    end

    function Who:on_watch(channel) self:watch(channel) return true end
    function Who:on_unwatch(channel) self:unwatch(channel) return true end
    function Who:on_there(channel, key) return perigee.presence(channel, key) end
    function Who:on_last() return last end
    function Who:on_go() self:disconnect() end
    function Who:on_ping() return "pong" end

    routes = { ["GET /there"] = function() return perigee.presence("room") end }

    return Who
"""


class Crowd:
    """Clients that end with the test."""

    def __init__(self, stack: AsyncExitStack):
        self._stack = stack

    async def come(self, host, **auth) -> Onlooker:
        onlooker = await Onlooker.connect(host.url, "/who", auth or None)
        self._stack.push_async_callback(onlooker.close)
        return onlooker


def people(answer: dict) -> dict[str, int]:
    """What `perigee.presence` answers, counted."""
    return {key: len(metas) for key, metas in answer.items()}
