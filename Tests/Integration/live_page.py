"""Live pages as browsers get them, and models as clients follow them.

A `Mirror` is strict: a publication that repeats or skips one, or whose patch does not apply, fails.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jsonpatch

DATA = re.compile(r'<script type="application/json" id="perigee-page">(.*?)</script>', re.DOTALL)


@dataclass
class LivePage:
    """What one request for a page was answered with."""

    status: int
    headers: Any
    html: str
    data: dict = field(default_factory=dict)

    @classmethod
    async def fetch(cls, url: str, headers: dict | None = None, method: str = "GET") -> "LivePage":
        async with aiohttp.ClientSession() as http, http.request(
            method, url, headers=headers
        ) as response:
            html = await response.text()
            found = DATA.search(html)
            data = json.loads(found.group(1)) if found else {}
            return cls(response.status, response.headers, html, data)

    def binding(self, place: int = 0) -> dict:
        return self.data["bindings"][place]

    def element(self, tag: str, name: str = "") -> str:
        """The contents of the first element of that tag (and id)."""
        mark = rf'[^>]*\bid="{name}"' if name else ""
        found = re.search(rf"<{tag}{mark}[^>]*>(.*?)</{tag}>", self.html, re.DOTALL)
        assert found, f"no <{tag}> {name} in {self.html}"
        return found.group(1)


class Mirror:
    """A model as one client sees it."""

    def __init__(self, value: Any = None, position: str | None = None):
        self.value = value
        self.position = position
        self.patches = 0

    @classmethod
    def of(cls, page: LivePage, place: int = 0) -> "Mirror":
        binding = page.binding(place)
        return cls(binding["snapshot"], binding["position"])

    def subscribed(self, answer: dict) -> None:
        """The client's subscription has been answered."""
        assert ("snapshot" in answer) == (not answer["recovered"] or self.position is None)
        if "snapshot" in answer:
            self.value = answer["snapshot"]
        self.position = answer["position"]

    def published(self, message: dict, place: dict) -> None:
        """A publication with its position."""
        epoch, _, offset = self.position.partition(":")
        assert place["position"] == f"{epoch}:{int(offset) + 1}", f"after {self.position}: {place}"
        self.value = jsonpatch.apply_patch(self.value, message["patch"])
        self.position = place["position"]
        self.patches += 1
