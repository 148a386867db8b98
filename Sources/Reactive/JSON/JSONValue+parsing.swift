/// Reading JSON text.
extension JSONValue {
  /// The value that `bytes`, UTF-8 text of JSON, writes. Throws `.data` when it is not JSON, and
  /// `.limit` when it is nested too deeply.
  public init(parsing bytes: some Sequence<UInt8>) throws(ReactiveError) {
    var parser = JSONParser(Array(bytes))
    self = try parser.document()
  }

  /// The value that `text` writes.
  public init(parsing text: String) throws(ReactiveError) { try self.init(parsing: text.utf8) }
}
