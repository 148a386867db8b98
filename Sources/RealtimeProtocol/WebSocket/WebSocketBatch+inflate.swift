import NIOCore

extension WebSocketBatch {
  /// Inflates the messages that came compressed, in place.
  ///
  /// - Parameter body: inflates the payload of one message, within its bounds.
  /// - Returns: the violation that a message turned out to be; only what came before it is left.
  public mutating func inflate(
    _ body: (ByteBuffer) throws(ProtocolError) -> ByteBuffer
  ) -> ProtocolError? {
    for index in 0..<count where isCompressed(at: index) {
      do throws(ProtocolError) {
        let (opcode, payload) = self[index]
        let message = try body(payload)
        if opcode == .text { try UTF8Validator.check(message) }
        replace(at: index, with: message)
      } catch {
        removeLast(count - index)
        return error
      }
    }
    return nil
  }
}
