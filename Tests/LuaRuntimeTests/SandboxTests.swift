import LuaRuntime
import Testing

@Suite struct SandboxTests {
  @Test func `only allow-listed names exist`() throws {
    let names = try evaluate(
      """
      (function()
        local names = {}
        for name, value in pairs(_G) do
          if type(value) == "table" and value ~= _G and name ~= "perigee" then
            for key in pairs(value) do names[#names + 1] = name .. "." .. key end
          else names[#names + 1] = name end
        end
        table.sort(names)
        return table.concat(names, " ")
      end)()
      """)
    #expect(
      names == #"""
        "_G _VERSION abort any assert auth.all auth.any auth.logged_in auth.no auth.role \#
        boolean choice collectgarbage coroutine.close coroutine.create coroutine.isyieldable \#
        coroutine.resume coroutine.running coroutine.status coroutine.wrap coroutine.yield \#
        debug.traceback email error expose getmetatable html integer ipairs list load math.abs \#
        math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor \#
        math.fmod math.huge math.log math.max math.maxinteger math.min math.mininteger \#
        math.modf math.pi math.rad math.random math.randomseed math.sin math.sqrt math.tan \#
        math.tointeger math.type math.ult next number on_run os.clock os.date os.difftime \#
        os.time pairs pcall perigee print rawequal rawget rawlen rawset redirect reject \#
        require response schema select setmetatable sse stream string.byte string.char \#
        string.find string.format string.gmatch string.gsub string.len string.lower \#
        string.match string.pack string.packsize string.rep string.reverse string.sub \#
        string.unpack string.upper table.concat table.insert table.move table.pack \#
        table.remove table.sort table.unpack text tonumber tostring type utf8.char \#
        utf8.charpattern utf8.codepoint utf8.codes utf8.len utf8.offset xpcall"
        """#)
  }

  @Test(arguments: [
    ("getmetatable('')", "false"), ("pcall(setmetatable, '', {})", "false,"),
    ("getmetatable(perigee.null)", #""null""#), ("getmetatable(perigee.binary('x'))", #""binary""#),
    ("pcall(setmetatable, perigee.binary('x'), {})", "false,"),
    (
      "select(2, pcall(setmetatable, {}, { __gc = print }))",
      #""__gc is not available to scripts""#
    ),
    ("getmetatable(html('x')), getmetatable(sse(print))", #""response","response""#),
    ("pcall(setmetatable, response{}, {})", "false,"),
    ("rawget(html('x'), '__index'), html('x').missing", "null,null"),
    ("getmetatable(select(2, pcall(abort, 404)))", #""rejection""#),
    ("select(2, load('\\27Lua'))", "attempt to load a binary chunk"),
    ("load('return x', 'n', 't', { x = 5 })()", "5"), ("load('return string')() == string", "true"),
    ("load('x = 1')() or x", "1"), ("select(2, load('x x', '@file'))", "file:1:"),
    (
      "load(coroutine.wrap(function() for _, p in ipairs{ 'return', ' 7' } do coroutine.yield(p) end end))()",
      "7"
    ),
    ("select(2, pcall(load, ('x'):rep(2^21)))", "the chunk is too long"),
    ("select(2, pcall(os.date, ('%c'):rep(5000)))", "format too long"),
    ("select(2, pcall(collectgarbage, 'stop'))", "bad argument #1 to 'collectgarbage'"),
    (
      "collectgarbage('count') > 1, collectgarbage(), type(collectgarbage('step'))",
      #"true,0,"boolean""#
    ),
    ("type(debug.traceback())", #""string""#),
  ])
  func `the way out is barred`(expression: String, result: String) throws {
    #expect(try evaluate(expression).contains(result))
  }

  @Test func `a handler's own coroutine is out of reach`() throws {
    let app = try App(
      """
      local kept
      function on_keep() kept = coroutine.running() perigee.sleep(1) end
      function on_try()
        local results = {}
        for _, name in ipairs{ "resume", "close", "wrap" } do
          results[#results + 1] = tostring(pcall(coroutine[name], kept))
        end
        return table.concat(results, " "), coroutine.status(kept), coroutine.isyieldable(),
          select(2, coroutine.running())
      end
      """)
    app.send(#"["keep"]"#)
    #expect(app.ask(#"["try"]"#) == #""false false false","suspended",false,true"#)
    #expect(app.isolate.suspended == 1)
  }

  @Test func `coroutines work as in any Lua`() throws {
    let result = try evaluate(
      """
      (function()
        local co = coroutine.create(function(a, b)
          local c = coroutine.yield(a + b)
          error({ code = c })
        end)
        local ok, sum = coroutine.resume(co, 1, 2)
        local failed, e = coroutine.resume(co, 9)
        local dead, why = coroutine.resume(co)
        local closed = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() n = 1 end }) coroutine.yield() end)
        coroutine.resume(closed)
        local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
                return ok, sum, failed, e.code, dead, why, coroutine.status(co), coroutine.close(closed), n,
          gen() + gen() + gen(), pcall(coroutine.wrap(function() error("x", 0) end))
      end)()
      """)
    #expect(
      result
        == #"true,3,false,9,false,"cannot resume dead coroutine","dead",true,1,6,false,"x""#)
  }

  @Test func `xpcall hands the error to the handler and passes results through`() throws {
    let result = try evaluate(
      """
      (function()
        local a, b = xpcall(function(x) error(x, 0) end, function(e) return "handled " .. e end, "e")
        local c, d, e = xpcall(function(...) return ... end, print, 1, 2)
        return a, b, c, d, e
      end)()
      """)
    #expect(result == #"false,"handled e",true,1,2"#)
  }
}
