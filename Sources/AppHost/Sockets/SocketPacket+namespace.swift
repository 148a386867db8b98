import NIOCore
import RealtimeProtocol

extension SocketPacket {
  /// The namespace as text; a packet that names none is for `/`.
  var namespaceName: String { namespace.map { String(buffer: $0) } ?? "/" }

  /// Whether the packet is for `name`; compares bytes, makes no string.
  func isFor(_ name: String) -> Bool {
    guard let namespace else { return name == "/" }
    return namespace.readableBytesView.elementsEqual(name.utf8)
  }
}
