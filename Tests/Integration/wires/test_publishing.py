"""Publications by other programs: signed with the app's key, or not at all."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from wires.connections import PlainSocket
from wires.signature import KEY, sign

BODY = json.dumps({"channel": "tweets", "data": "signed"}).encode()


async def test_a_signed_publication_is_heard_and_has_a_position(base, publisher):
    async with publisher, PlainSocket.open(base, "tweets") as socket:
        await socket.frame("subscribed")
        position = await publisher.publish("tweets", {"n": [1, None, "ü"]})
        frame = await socket.frame("position")
        assert frame == {"channel": "tweets", "position": position, "data": {"n": [1, None, "ü"]}}


REFUSED = {
    "missing": {},
    "empty": {"perigee-signature": ""},
    "nonsense": {"perigee-signature": "nonsense"},
    "no time": {"perigee-signature": sign(BODY).partition(",")[2]},
    "no code": {"perigee-signature": sign(BODY).partition(",")[0]},
    "odd digits": {"perigee-signature": sign(BODY)[:-1]},
    "short code": {"perigee-signature": sign(BODY)[:-2]},
    "no digits": {"perigee-signature": sign(BODY)[:-2] + "zz"},
    "wrong key": {"perigee-signature": sign(BODY, key=KEY + "!")},
    "of another body": {"perigee-signature": sign(BODY.replace(b"signed", b"forged"))},
    "old": {"perigee-signature": sign(BODY, time.time() - 301 - 60)},
    "of the future": {"perigee-signature": sign(BODY, time.time() + 3600)},
    "another time": {"perigee-signature": sign(BODY).replace("t=1", "t=2", 1)},
    "no number": {"perigee-signature": sign(BODY).replace("t=", "t=x", 1)},
    "infinite": {"perigee-signature": "t=inf,v1=00"},
}


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
async def test_a_publication_that_is_not_signed_right_is_refused(base, publisher, headers):
    async with publisher, PlainSocket.open(base, "tweets") as socket:
        await socket.frame("subscribed")
        status, answer = await publisher.post(BODY, headers)
        assert (status, answer["error"]) == (401, "bad_signature")
        await publisher.publish("tweets", "proper")
        assert await socket.publications(1) == ["proper"]


async def test_a_signature_of_a_few_minutes_ago_still_counts(publisher):
    async with publisher:
        for age in (-200, 0, 200):
            headers = {"perigee-signature": sign(BODY, time.time() - age)}
            assert (await publisher.post(BODY, headers))[0] == 200


MALFORMED = {
    "empty": b"",
    "no json": b"{",
    "no object": b"[1]",
    "no channel": b'{"data":1}',
    "no data": b'{"channel":"tweets"}',
    "channel is no text": b'{"channel":7,"data":1}',
    "empty channel": b'{"channel":"","data":1}',
    "long channel": json.dumps({"channel": "x" * 257, "data": 1}).encode(),
    "broken data": b'{"channel":"tweets","data":[1}',
    "no utf-8": b'{"channel":"tweets","data":"\xff"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_signed_body_that_makes_no_sense_is_refused(publisher, body):
    async with publisher:
        status, answer = await publisher.post(body, {"perigee-signature": sign(body)})
        assert (status, answer["error"]) == (400, "bad_request")


async def test_space_in_the_message_does_not_break_frames(base, publisher):
    body = b'{"channel" : "tweets",\n "data" : { "a" :\n\n [ 1 ,\r\n 2 ] } }\n'
    async with publisher, PlainSocket.open(base, "tweets") as socket:
        await socket.frame("subscribed")
        status, _ = await publisher.post(body, {"perigee-signature": sign(body)})
        assert status == 200
        assert await socket.publications(1) == [{"a": [1, 2]}]


async def test_publications_that_come_together_keep_an_order_for_all(base, publisher):
    async with (
        publisher,
        PlainSocket.open(base, "tweets") as first,
        PlainSocket.open(base, "tweets") as second,
    ):
        for socket in (first, second):
            await socket.frame("subscribed")
        places = await asyncio.gather(*(publisher.publish("tweets", n) for n in range(50)))
        heard = await first.publications(50)
        assert heard == await second.publications(50)
        offsets = [int(place.split(":")[1]) for place in places]
        assert [n for _, n in sorted(zip(offsets, range(50)))] == heard
