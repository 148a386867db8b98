// How the messages of nodes to one another are put in bytes: numbers in network order, and before text, bytes
// and lists their lengths. Reading takes whatever comes, and asks for no more memory than there are bytes.

import NIOCore

extension ByteBuffer {
  package mutating func writeText(_ text: String) {
    writeInteger(UInt32(text.utf8.count))
    writeString(text)
  }

  package mutating func writeBlob(_ bytes: ByteBuffer) {
    writeInteger(UInt32(bytes.readableBytes))
    writeImmutableBuffer(bytes)
  }

  package mutating func writeList<Element>(
    _ elements: [Element], _ write: (inout ByteBuffer, Element) -> Void
  ) {
    writeInteger(UInt32(elements.count))
    for element in elements { write(&self, element) }
  }

  /// nil when it is cut short or is no UTF-8.
  package mutating func readText() -> String? {
    guard let length = readInteger(as: UInt32.self), let bytes = readBytes(length: Int(length))
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  package mutating func readBlob() -> ByteBuffer? {
    guard let length = readInteger(as: UInt32.self) else { return nil }
    return readSlice(length: Int(length))
  }

  /// Each element takes four bytes at least, so that a wrong count cannot ask for much.
  package mutating func readList<Element>(
    _ read: (inout ByteBuffer) -> Element?
  ) -> [Element]? {
    guard let count = readInteger(as: UInt32.self), Int(count) * 4 <= readableBytes else {
      return nil
    }
    var elements: [Element] = []
    for _ in 0..<count {
      guard let element = read(&self) else { return nil }
      elements.append(element)
    }
    return elements
  }
}
