"""Bytes of a text/event-stream to events, as the HTML standard has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r)")


@dataclass(frozen=True)
class Event:
    """One dispatched event. `id` is the last one that the stream has set so far."""

    data: str
    id: str
    type: str = "message"


class EventStreamParser:
    """Takes the stream in pieces of any size. What the end cuts off is no event."""

    def __init__(self, last_id: str = ""):
        self.last_id = last_id
        self.retry: int | None = None
        self.comments = 0
        self._rest = b""
        self._data: list[str] = []
        self._id = last_id
        self._type = ""

    def feed(self, piece: bytes) -> list[Event]:
        """The events that the piece completes."""
        text = self._rest + piece
        events: list[Event] = []
        end = 0
        for match in LINE.finditer(text):
            if match[2] == b"\r" and match.end() == len(text):
                break  # a \n may follow
            end = match.end()
            event = self._line(match[1].decode())
            if event:
                events.append(event)
        self._rest = text[end:]
        return events

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "":
            self.comments += 1
        elif field == "data":
            self._data.append(value)
        elif field == "event":
            self._type = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
        return None

    def _dispatch(self) -> Event | None:
        self.last_id = self._id
        data, kind = self._data, self._type
        self._data, self._type = [], ""
        return Event("\n".join(data), self.last_id, kind or "message") if data else None
