// Commands in the wire format of Redis: an array of strings, each with its length before it. Pure.

import NIOCore
import PubSub

extension ByteBuffer {
  /// Begins a command of so many words, its name among them.
  mutating func beginCommand(words: Int) { writeString("*\(words)\r\n") }

  mutating func writeWord(_ text: String) {
    writeString("$\(text.utf8.count)\r\n")
    writeString(text)
    writeString("\r\n")
  }

  mutating func writeWord(_ number: Int) { writeWord(String(number)) }

  mutating func writeWord(_ bytes: [UInt8]) {
    writeString("$\(bytes.count)\r\n")
    writeBytes(bytes)
    writeString("\r\n")
  }

  /// A word that is a line, and publications after it.
  mutating func writeFrame(_ publications: [PublishQueue.Entry]) {
    let size = publications.reduce(1) { $0 + RedisFrame.lengthSize + $1.bytes.readableBytes }
    writeString("$\(size)\r\n\n")
    for publication in publications { writePublication(publication) }
    writeString("\r\n")
  }

  /// A word that is one publication with its length.
  mutating func writeFramed(_ publication: PublishQueue.Entry) {
    writeString("$\(RedisFrame.lengthSize + publication.bytes.readableBytes)\r\n")
    writePublication(publication)
    writeString("\r\n")
  }

  private mutating func writePublication(_ publication: PublishQueue.Entry) {
    writeInteger(UInt32(clamping: publication.bytes.readableBytes))
    writeImmutableBuffer(publication.bytes)
  }

  mutating func writeCommand(_ words: String...) { writeCommand(words) }

  mutating func writeCommand(_ words: [String]) {
    beginCommand(words: words.count)
    for word in words { writeWord(word) }
  }
}
