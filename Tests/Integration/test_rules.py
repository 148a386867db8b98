"""The rules between a client and an app: names, errors, refusals, rooms and channels."""

from __future__ import annotations

import asyncio

import pytest

from light_client import LightClient, Refused


async def error_after(client: LightClient, event: str, *args) -> str:
    """Emits, and returns the name of the error event that comes back."""
    await client.emit(event, *args)
    name, message = await client.event("error")
    assert isinstance(message, str) and message
    return name


async def test_an_event_nobody_handles_is_an_error(host):
    async with await LightClient.connect(host.url, "/letters") as client:
        assert await error_after(client, "no_such_thing") == "no_such_method"


@pytest.mark.parametrize("name", ["__index", "1st", "a-b", "", "näme", "a.b", "a\nb"])
async def test_an_event_name_that_is_no_name_is_an_error(host, name):
    async with await LightClient.connect(host.url, "/letters") as client:
        assert await error_after(client, name) == "unallowed_event_name"


async def test_spaces_in_an_event_name_become_underscores(host):
    async with await LightClient.connect(host.url, "/letters") as client:
        assert await client.call("two words") == "mapped"


@pytest.mark.parametrize("name", ["reload", "any"])
async def test_a_client_cannot_call_the_hosts_own_hooks(host, name):
    async with await LightClient.connect(host.url, "/letters") as client:
        assert await error_after(client, name) == "no_such_method"


@pytest.mark.parametrize("name", ["connect", "disconnect", "disconnecting", "connect_error"])
async def test_a_reserved_event_name_ends_the_connection(host, name):
    async with await LightClient.connect(host.url, "/letters") as client:
        await client.emit(name)
        await asyncio.wait_for(client.left.wait(), 10)


async def test_an_error_in_a_handler_is_one_error_event_and_one_log_line(host):
    since = len(host.log())
    async with await LightClient.connect(host.url, "/letters") as client:
        assert await error_after(client, "break")
        host.wait_for_log(r"letters\.lua:\d+: .*nothing", since=since)
        assert await client.call("echo", "still here") == "still here"


async def test_a_subscription_needs_a_channel(host):
    async with await LightClient.connect(host.url, "/lounge") as client:
        assert await error_after(client, "subscribe") == "channel_not_specified"


async def test_a_subscription_needs_a_channel_that_exists(host):
    async with await LightClient.connect(host.url, "/lounge") as client:
        assert await error_after(client, "subscribe", "nowhere") == "channel_not_available"


async def test_a_subscription_can_be_refused(host):
    async with await LightClient.connect(host.url, "/lounge") as client:
        assert await error_after(client, "subscribe", "club") == "subscription_rejected"


async def test_a_publication_reaches_every_subscriber_and_nobody_else(host):
    async with (
        await LightClient.connect(host.url, "/lounge") as reader,
        await LightClient.connect(host.url, "/lounge") as writer,
        await LightClient.connect(host.url, "/lounge") as stranger,
    ):
        assert await reader.call("subscribe", "news") is True
        assert await writer.call("subscribe", "news") is True
        await writer.call("announce", "news", {"n": 1})
        assert await reader.event("pubblication") == [{"n": 1}]
        assert await writer.event("pubblication") == [{"n": 1}]
        await stranger.call("subscribe", "news")
        await writer.call("announce", "news", "second")
        assert await stranger.event("pubblication") == ["second"]


async def test_a_subscription_may_lead_to_another_channel(host):
    async with (
        await LightClient.connect(host.url, "/lounge") as left,
        await LightClient.connect(host.url, "/lounge") as right,
    ):
        await left.call("subscribe", "alias", "left")
        await right.call("subscribe", "alias", "right")
        await left.call("announce", "alias-right", "to the right")
        await left.call("announce", "alias-left", "to the left")
        assert await left.event("pubblication") == ["to the left"]
        assert await right.event("pubblication") == ["to the right"]


async def test_a_refusal_carries_its_message_and_data(host):
    with pytest.raises(Refused) as refusal:
        await LightClient.connect(host.url, "/gate", auth={"word": "explain"})
    expected = {"message": "The word is wrong", "data": {"hint": "sesame", "tries": 3}}
    assert refusal.value.data == expected


async def test_returning_false_refuses(host):
    with pytest.raises(Refused) as refusal:
        await LightClient.connect(host.url, "/gate", auth={"word": "please"})
    assert isinstance(refusal.value.data["message"], str)


async def test_an_error_in_on_connect_refuses_and_tells_no_secrets(host):
    since = len(host.log())
    with pytest.raises(Refused) as refusal:
        await LightClient.connect(host.url, "/gate", auth={"word": "fail"})
    assert "broken" not in str(refusal.value.data)
    host.wait_for_log(r"gate\.lua:\d+: .*the gate is broken", since=since)


async def test_an_unknown_namespace_is_refused(host):
    with pytest.raises(Refused) as refusal:
        await LightClient.connect(host.url, "/nowhere")
    assert refusal.value.data == {"message": "Invalid namespace"}


async def test_an_event_sent_in_on_connect_arrives_after_the_connect(host):
    async with await LightClient.connect(host.url, "/gate", auth={"word": "sesame"}) as client:
        assert await client.event("welcome") == ["sesame"]


async def test_every_configured_path_serves(host):
    async with await LightClient.connect(host.url, "/letters", path="/socketio/") as client:
        assert await client.call("echo", 1) == 1


async def test_on_disconnect_hears_the_reason(host):
    since = len(host.log())
    async with await LightClient.connect(host.url, "/letters") as client:
        await client.call("remember", "name", "Ada")
        await client.leave()
        host.wait_for_log(r"Ada\s+left:\s+client namespace disconnect", since=since)


async def test_a_room_is_told_by_everyone_but_the_teller(host):
    async with (
        await LightClient.connect(host.url, "/lounge") as first,
        await LightClient.connect(host.url, "/lounge") as second,
        await LightClient.connect(host.url, "/lounge") as outsider,
    ):
        assert "den" in await first.call("join", "den")
        await second.call("join", "den")
        await first.call("tell", "den", "psst")
        assert await second.event("told") == ["den", "psst"]
        await outsider.call("tell", "den", "hello in there")
        assert await first.event("told") == ["den", "hello in there"]


async def test_someone_in_two_rooms_is_told_once(host):
    async with (
        await LightClient.connect(host.url, "/lounge") as teller,
        await LightClient.connect(host.url, "/lounge") as listener,
    ):
        await listener.call("join", "one")
        await listener.call("join", "two")
        await teller.call("tell_both", "one", "two", "once")
        await teller.call("tell", "one", "after")
        assert await listener.event("told") == ["both", "once"]
        assert await listener.event("told") == ["one", "after"]


async def test_a_room_can_be_left_out(host):
    async with (
        await LightClient.connect(host.url, "/lounge") as teller,
        await LightClient.connect(host.url, "/lounge") as quiet,
        await LightClient.connect(host.url, "/lounge") as listener,
    ):
        for client in (quiet, listener):
            await client.call("join", "hall")
        await quiet.call("join", "quiet")
        await teller.call("tell_except", "hall", "quiet", "not for all")
        assert await listener.event("told") == ["hall", "not for all"]
        await teller.call("tell", "hall", "for all")
        assert await quiet.event("told") == ["hall", "for all"]


async def test_who_left_a_room_is_not_told(host):
    async with (
        await LightClient.connect(host.url, "/lounge") as teller,
        await LightClient.connect(host.url, "/lounge") as leaver,
    ):
        await leaver.call("join", "attic")
        await leaver.call("join", "cellar")
        await leaver.call("part", "attic")
        await teller.call("tell", "attic", "gone?")
        await teller.call("tell", "cellar", "here?")
        assert await leaver.event("told") == ["cellar", "here?"]


async def test_a_broadcast_reaches_the_others(host):
    async with (
        await LightClient.connect(host.url, "/lounge") as shouter,
        await LightClient.connect(host.url, "/lounge") as first,
        await LightClient.connect(host.url, "/lounge") as second,
    ):
        await shouter.call("shout", "all hands")
        assert await first.event("shouted") == ["all hands"]
        assert await second.event("shouted") == ["all hands"]
