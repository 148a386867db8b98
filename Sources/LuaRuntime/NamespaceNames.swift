import CLua

/// The names of namespaces by the indexes that commands have, each made a `String` once for as long as
/// its index stands for it.
final class NamespaceNames {
  private struct Entry {
    var serial: UInt64 = 0
    var name = ""
  }

  private let host: OpaquePointer
  private var entries: [Entry] = []

  /// `host` must outlive the names' use.
  init(host: OpaquePointer) {
    self.host = host
  }

  /// Empty when the index stands for nothing, as -1 does.
  subscript(index: Int) -> String {
    guard index >= 0 else { return "" }
    let serial = pg_namespace_serial(host, index)
    if index < entries.count, entries[index].serial == serial { return entries[index].name }
    return refresh(index, serial)
  }

  private func refresh(_ index: Int, _ serial: UInt64) -> String {
    guard let name = pg_namespace_name(host, index) else { return "" }
    while entries.count <= index { entries.append(Entry()) }
    entries[index] = Entry(serial: serial, name: String(cString: name))
    return entries[index].name
  }
}
