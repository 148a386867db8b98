import Testing

@testable import LuaRuntime

@Suite struct LuaLimitsTests {
  @Test func `every bound has a default above zero, apart from the instruction budget`() {
    let limits = LuaLimits()
    #expect(limits.memoryBytes == 64 << 20)
    #expect(limits.eventInstructions == 0)
    #expect(limits.outboxBytes > 0 && limits.suspendedHandlers > 0 && limits.timers > 0)
  }
}
