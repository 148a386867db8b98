import CAMQPSystem

/// Bytes and tables for calls of the library, which stay where they are while this lives.
final class AMQPArguments {
  /// What a table says of a name.
  enum Value {
    case text(String)
    case number(Int64)
  }

  private var allocations: [UnsafeMutableRawPointer] = []

  deinit { for allocation in allocations { allocation.deallocate() } }

  func bytes(_ text: String) -> amqp_bytes_t {
    var text = text
    return text.withUTF8 { utf8 in
      let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, utf8.count), alignment: 1)
      allocations.append(copy)
      if let start = utf8.baseAddress { copy.copyMemory(from: start, byteCount: utf8.count) }
      return amqp_bytes_t(len: utf8.count, bytes: copy)
    }
  }

  func table(_ values: [(String, Value)]) -> amqp_table_t {
    let entries = UnsafeMutablePointer<amqp_table_entry_t>.allocate(capacity: max(1, values.count))
    allocations.append(UnsafeMutableRawPointer(entries))
    for (index, (name, value)) in values.enumerated() {
      var entry = amqp_table_entry_t()
      entry.key = bytes(name)
      switch value {
      case .text(let text):
        entry.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
        entry.value.value.bytes = bytes(text)
      case .number(let number):
        entry.value.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
        entry.value.value.i64 = number
      }
      (entries + index).initialize(to: entry)
    }
    return amqp_table_t(num_entries: Int32(values.count), entries: entries)
  }
}
