/// The names under which the sockets of a namespace are found in topic tables.
///
/// Rooms and channels of one name are different topics; a namespace never reaches another's.
enum Topic {
  static func everyone(in namespace: String) -> String { namespace }
  static func room(_ name: String, in namespace: String) -> String { "\(namespace)\u{0}r\(name)" }
  static func channel(_ name: String, in namespace: String) -> String {
    "\(namespace)\u{0}c\(name)"
  }
}
