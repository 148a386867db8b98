import NIOCore
import Testing

@testable import Transport

@Suite("Buffers that have been written")
struct SpareBuffersTests {
  private func storage(_ buffer: ByteBuffer) -> UInt? {
    buffer.withVeryUnsafeBytes { $0.baseAddress.map { UInt(bitPattern: $0) } }
  }

  @Test("are used again, empty and with the room that is asked for")
  func again() {
    var spares = SpareBuffers()
    let given = storage(
      {
        var buffer = spares.take(600)
        buffer.writeString("written")
        spares.give(buffer)
        return buffer
      }())
    var taken = spares.take(500)
    #expect(storage(taken) == given)
    #expect(taken.readableBytes == 0 && taken.capacity >= 600)
    taken.writeString("x")
    spares.give(taken)
    taken = ByteBuffer()
    #expect(spares.take(4_000).capacity >= 4_000)
  }

  @Test("are left alone while somebody else holds their bytes")
  func held() {
    var spares = SpareBuffers()
    let kept = ByteBuffer(string: "kept")
    spares.give(kept)
    var taken = spares.take(512)
    taken.writeString("other")
    #expect(String(buffer: kept) == "kept")
    #expect(storage(taken) != storage(kept))
  }

  @Test("are neither many nor long")
  func bounds() {
    var spares = SpareBuffers()
    spares.give(ByteBuffer(repeating: 0, count: 5_000))
    for _ in 0..<1_000 { spares.give(ByteBuffer(repeating: 0, count: 3_000)) }
    let taken = (0..<1_000).map { _ in spares.take(16) }
    #expect(taken.count { $0.storageCapacity >= 3_000 } == 128)
    #expect(taken.allSatisfy { $0.storageCapacity <= 4_096 })
  }
}
