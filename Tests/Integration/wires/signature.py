"""Signed publications, as a back end sends them with `POST /NAMESPACE/publish`."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import aiohttp

KEY = "a key of these tests"


def sign(body: bytes, at: float | None = None, key: str = KEY) -> str:
    """The value of `perigee-signature` for this body; `at` is in seconds since 1970."""
    moment = str(int(time.time() if at is None else at))
    digest = hmac.new(key.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


class Publisher:
    """Publishes on the channels of one namespace, over one kept connection."""

    def __init__(self, url: str, namespace: str):
        self._url = f"{url}{namespace}/publish"
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Publisher":
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def publish(self, channel: str, data: Any) -> str:
        """Publishes and answers the message's position."""
        body = json.dumps({"channel": channel, "data": data}).encode()
        status, answer = await self.post(body, {"perigee-signature": sign(body)})
        assert (status, answer.get("channel")) == (200, channel), (status, answer)
        return answer["position"]

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        """Sends whatever a test has in mind; answers the status and the decoded body."""
        async with self._http.post(self._url, data=body, headers=headers) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None
