// A form with files, as browsers send it (RFC 7578). Pure: the whole body in, fields and files out.

import NIOCore

/// The parts of a `multipart/form-data` body.
struct MultipartBody {
  /// An uploaded file.
  struct File: Equatable {
    /// The field's name.
    let name: String
    /// As the client calls it; a name, no path to trust.
    let filename: String
    /// The media type, as the client says.
    let type: String
    let data: ByteBuffer
  }

  /// Parts beyond this make the body invalid.
  static let maxParts = 1_000

  private(set) var fields: [(String, String)] = []
  private(set) var files: [File] = []

  /// Nil for a body that is not of that form.
  init?(_ body: ByteBuffer, boundary: String) {
    guard (1...70).contains(boundary.utf8.count) else { return nil }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    var reader = body
    // The first delimiter may stand at the very beginning.
    guard
      Self.skip(Array("--\(boundary)".utf8), in: &reader)
        || Self.find(delimiter, in: &reader) != nil
    else { return nil }
    for _ in 0...Self.maxParts {
      if reader.readableBytesView.starts(with: "--".utf8) { return }
      guard Self.skip(Array("\r\n".utf8), in: &reader), let part = Self.find(delimiter, in: &reader)
      else { return nil }
      guard add(part) else { return nil }
    }
    return nil
  }

  private mutating func add(_ part: ByteBuffer) -> Bool {
    var part = part
    guard let head = Self.find(Array("\r\n\r\n".utf8), in: &part) else { return false }
    var disposition: HeaderParameters?
    var type = "text/plain"
    for line in String(buffer: head).split(separator: "\r\n") {
      let colon = line.firstIndex(of: ":") ?? line.endIndex
      let value = String(line[colon...].dropFirst().drop { $0 == " " })
      switch line[..<colon].lowercased() {
      case "content-disposition": disposition = HeaderParameters(value)
      case "content-type": type = value
      default: break
      }
    }
    guard let name = disposition?["name"] else { return false }
    if let filename = disposition?["filename"] {
      files.append(File(name: name, filename: filename, type: type, data: part))
    } else {
      fields.append((name, String(buffer: part)))
    }
    return true
  }

  private static func skip(_ bytes: [UInt8], in reader: inout ByteBuffer) -> Bool {
    guard reader.readableBytesView.starts(with: bytes) else { return false }
    reader.moveReaderIndex(forwardBy: bytes.count)
    return true
  }

  /// What stands before the next `bytes`; the reader moves behind them.
  private static func find(_ bytes: [UInt8], in reader: inout ByteBuffer) -> ByteBuffer? {
    guard let length = reader.withUnsafeReadableBytes({ offset(of: bytes, in: $0) }) else {
      return nil
    }
    let found = reader.readSlice(length: length)
    reader.moveReaderIndex(forwardBy: bytes.count)
    return found
  }

  /// Where `bytes` begin in `text`. A delimiter holds a carriage return in front and nowhere else: a
  /// text that almost holds it again and again is still read about twice.
  private static func offset(of bytes: [UInt8], in text: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count <= text.count else { return nil }
    return (0...(text.count - bytes.count)).first { start in
      text[start] == bytes[0] && text[start...].starts(with: bytes)
    }
  }
}
