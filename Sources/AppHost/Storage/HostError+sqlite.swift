import CSQLiteSystem

extension HostError {
  /// What SQLite last said on a connection; `status` alone when there is none.
  init(sqlite connection: OpaquePointer?, _ status: Int32) {
    let text = connection.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(status)
    let message = text.map { String(cString: $0) } ?? "error \(status)"
    // The lower byte of an extended code is the code.
    switch status & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED: self.init(.storageLocked, message)
    case SQLITE_CORRUPT, SQLITE_NOTADB: self.init(.storageCorrupt, message)
    default: self.init(.storage, message)
    }
  }
}
