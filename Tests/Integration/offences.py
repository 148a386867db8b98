"""Everything an app may do wrong, as scripts.

Each offence is one app. Its clients trigger it in the way `trigger` names; `Offence.script` is the whole
file, with the offending lines inside a handler that suits the trigger. An offender that `survives` keeps
its clients; one that fills its memory starts anew, and one that floods a client loses it.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

HANDLERS = {
    "event": "function App:on_go()\n{0}\nend",
    "connect": "function App:on_connect()\n{0}\nend",
    "disconnect": "function App:on_disconnect()\n{0}\nend",
    "subscribe": "function App:subscribe_go()\n{0}\nend",
    "timer": "function App:on_go()\nperigee.after(0.001, function()\n{0}\nend)\nend",
    "resume": "function App:on_go()\nself:emit_with_ack('ready?')\n{0}\nend",
    "wake": "function App:on_go()\nperigee.sleep(0.001)\n{0}\nend",
    "reload": "function App.on_reload()\n{0}\nend",
    "load": "{0}",
}


@dataclass(frozen=True)
class Offence:
    name: str
    lines: str
    trigger: str = "event"
    survives: bool = True

    @property
    def app(self) -> str:
        return "offender_" + re.sub(r"\W+", "_", self.name)

    @property
    def script(self) -> str:
        handler = HANDLERS[self.trigger].format(textwrap.dedent(self.lines).strip())
        return f"local App = {{}}\n{handler}\nfunction App:on_well() return true end\nreturn App\n"

    @property
    def harmless(self) -> str:
        """What the app is before an offence that needs an edit."""
        return "return { on_well = function() return true end }\n"


LOOP = "while true do end"
RAISE = "error('deliberate')"

OFFENCES = [
    Offence("endless loop", LOOP),
    Offence("endless repeat", "local n = 0 repeat n = n + 1 until n < 0"),
    Offence("loop inside pcall", "while true do pcall(function() while true do end end) end"),
    Offence("pcall that retries", "local function go() pcall(go) return go() end go()"),
    Offence("loop as error handler", "xpcall(error, function() while true do end end)"),
    Offence("xpcall that retries", "while true do xpcall(error, function() return 1 end) end"),
    Offence(
        "loop inside a coroutine",
        "coroutine.wrap(function() while true do end end)()",
    ),
    Offence(
        "coroutine that never ends",
        "local c = coroutine.wrap(function() while true do coroutine.yield() end end)\n"
        "while true do c() end",
    ),
    Offence(
        "pcall inside coroutines",
        "while true do pcall(coroutine.wrap(function() pcall(function() while true do end end) end)) end",
    ),
    Offence(
        "loop in a to-be-closed variable",
        "local x <close> = setmetatable({}, { __close = function() while true do end end })\n"
        "error('deliberate')",
    ),
    Offence(
        "loop in __index",
        "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end })\n"
        "while true do pcall(function() return t[1] end) end",
    ),
    Offence(
        "loop in __eq",
        "local m = { __eq = function() while true do end end }\n"
        "return setmetatable({}, m) == setmetatable({}, m)",
    ),
    Offence(
        "loop in __gc",
        "for _ = 1, 100 do setmetatable({}, { __gc = function() while true do end end }) end\n"
        "local t = {} for i = 1, 1e6 do t[i] = {} end error('deliberate')",
    ),
    Offence(
        "loop in __tostring",
        "return tostring(setmetatable({}, { __tostring = function() while true do end end }))",
    ),
    Offence("memory in a local", "local t = {} for i = 1, 1e9 do t[i] = { i } end"),
    Offence(
        "memory in a global",
        "hoard = {} for i = 1, 1e9 do hoard[i] = { i } end",
        survives=False,
    ),
    Offence(
        "memory kept by pcall",
        "hoard = {} while true do pcall(function()\n"
        "for i = 1, 1e9 do hoard[#hoard + 1] = ('x'):rep(1e6) .. i end\nend) end",
        survives=False,
    ),
    Offence("doubling string", "local s = 'x' while true do s = s .. s end"),
    Offence("string.rep of gigabytes", "return ('x'):rep(1 << 40)"),
    Offence("string.rep again and again", "while true do local s = ('x'):rep(50000000) end"),
    Offence("string.rep with separators", "return ('x'):rep(1 << 28, ('y'):rep(1000))"),
    Offence(
        "catastrophic pattern",
        "return (('a'):rep(100000)):find(('a-'):rep(30) .. 'b')",
    ),
    Offence(
        "catastrophic gsub",
        "return (('a'):rep(100000)):gsub(('.-'):rep(20) .. 'b', '')",
    ),
    Offence(
        "pattern in pcall",
        "while true do pcall(string.find, ('a'):rep(50000), ('.-'):rep(20) .. 'b') end",
    ),
    Offence("deep recursion", "local function down(n) return 1 + down(n + 1) end return down(1)"),
    Offence(
        "deep recursion in C",
        "local s = '' for i = 1, 300 do s = s .. '(' end return load('return ' .. s)()",
    ),
    Offence("deep gsub recursion", "local function f() return ('x'):gsub('x', f) end f()"),
    Offence(
        "deep pattern recursion",
        "return (('('):rep(300000)):find(('(.-)'):rep(32) .. ('(x)'))",
    ),
    Offence(
        "table.concat of too much",
        "local t = {} for i = 1, 1e5 do t[i] = ('x'):rep(1e4) end return table.concat(t)",
    ),
    Offence(
        "table.concat of a range",
        "return table.concat(setmetatable({}, { __index = function() return 'x' end, __len = "
        "function() return 1 << 40 end }))",
    ),
    Offence(
        "table.sort that lies",
        "local t = {} for i = 1, 1e6 do t[i] = i end while true do table.sort(t, function(a, "
        "b) return true end) end",
    ),
    Offence(
        "table.insert at the front",
        "local t = {} for i = 1, 1e9 do table.insert(t, 1, i) end",
    ),
    Offence("table.move of a range", "return table.move({}, 1, 1 << 40, 2)"),
    Offence("table.unpack of a range", "return table.unpack({}, 1, 1 << 30)"),
    Offence(
        "utf8.char of too much",
        "return #utf8.char(table.unpack(setmetatable({}, { __index = function() return 65 end "
        "}), 1, 200000)):rep(1e9)",
    ),
    Offence("string.format of too much", "return ('%99s'):rep(1e7):format(1)"),
    Offence("emit of a cyclic table", "local t = {} t.t = t self:emit('x', t)"),
    Offence(
        "emit of a deep table",
        "local t = {} for _ = 1, 1e5 do t = { t } end self:emit('x', t)",
    ),
    Offence("emit of a function", "self:emit('x', function() end)"),
    Offence("emit of too much", "self:emit('x', ('x'):rep(3e7))"),
    Offence(
        "emit without end",
        "while true do self:emit('x', ('x'):rep(1000)) end",
        survives=False,
    ),
    Offence("log without end", "while true do perigee.log(('x'):rep(1000)) end"),
    Offence("timers without end", "while true do perigee.after(1, function() end) end"),
    Offence("rooms without end", "local i = 0 while true do i = i + 1 self:join('room' .. i) end"),
    Offence("error in an event", RAISE),
    Offence("error with a table", "error({ deliberate = true })"),
    Offence("error without a value", "error()"),
    Offence("error in on_connect", RAISE, "connect"),
    Offence("error in on_disconnect", RAISE, "disconnect"),
    Offence("error in subscribe", RAISE, "subscribe"),
    Offence("error in a timer", RAISE, "timer"),
    Offence("error after an ack", RAISE, "resume"),
    Offence("error after a sleep", RAISE, "wake"),
    Offence("error in on_reload", RAISE, "reload"),
    Offence("error while loading", RAISE, "load"),
    Offence("loop in on_connect", LOOP, "connect"),
    Offence("loop in on_disconnect", LOOP, "disconnect"),
    Offence("loop in subscribe", LOOP, "subscribe"),
    Offence("loop in a timer", LOOP, "timer"),
    Offence("loop after an ack", LOOP, "resume"),
    Offence("loop after a sleep", LOOP, "wake"),
    Offence("loop in on_reload", LOOP, "reload"),
    Offence("loop while loading", LOOP, "load"),
]
