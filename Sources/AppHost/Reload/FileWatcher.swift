// Watches folders and all folders below them through inotify, and reports changed paths in small
// batches. Confined to one serial dispatch queue, on which `changed` is called too.

import Dispatch
import Foundation
import Glibc

/// Reports files and folders that are written, replaced, made or removed.
// @unchecked: everything mutable is touched on `queue` only.
final class FileWatcher: @unchecked Sendable {
  private static let mask = UInt32(
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF
      | IN_MOVE_SELF | IN_ONLYDIR)
  /// A save by an editor is several events; they are one change.
  private static let quiet = DispatchTimeInterval.milliseconds(8)

  private let descriptor: CInt
  private let queue: DispatchQueue
  private let source: any DispatchSourceRead
  private let changed: (Set<String>) -> Void
  private let roots: [String]
  private var folders: [CInt: String] = [:]
  private var pending: Set<String> = []
  private var isWaiting = false

  /// - Parameter changed: called on `queue` with the paths that changed since the last call; a
  ///   root stands for everything below it when too much happened to be told apart.
  /// - Throws: ``HostError`` when the system has no watcher left.
  init(roots: [String], queue: DispatchQueue, changed: @escaping (Set<String>) -> Void)
    throws(HostError)
  {
    descriptor = inotify_init1(CInt(IN_NONBLOCK | IN_CLOEXEC))
    guard descriptor >= 0 else {
      throw HostError(
        .watcher,
        "files cannot be watched: \(String(cString: strerror(errno))); "
          + "raise fs.inotify.max_user_instances")
    }
    self.roots = roots
    self.queue = queue
    self.changed = changed
    source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    for root in roots { watch(root) }
    source.setEventHandler { [unowned self] in self.readEvents() }
    source.setCancelHandler { [descriptor] in close(descriptor) }
    source.activate()
  }

  /// Ends the watching. `changed` is not called any more.
  func stop() { source.cancel() }

  private func watch(_ folder: String) {
    let number = inotify_add_watch(descriptor, folder, Self.mask)
    guard number >= 0 else { return }
    folders[number] = folder
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where !entry.hasPrefix(".") {
      watch("\(folder)/\(entry)")
    }
  }

  private func readEvents() {
    withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
      while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else { break }
        parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    report()
  }

  /// inotify(7): a fixed header, then a name padded with NUL to `len` bytes.
  private func parse(_ bytes: UnsafeRawBufferPointer) {
    let header = MemoryLayout<inotify_event>.size
    var offset = 0
    while offset + header <= bytes.count {
      let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
      let name = bytes[(offset + header)..<min(bytes.count, offset + header + Int(event.len))]
      offset += header + Int(event.len)
      note(event, name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
    }
  }

  private func note(_ event: inotify_event, name: String) {
    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
      pending.formUnion(roots)
      return
    }
    guard let folder = folders[event.wd] else { return }
    if event.mask & UInt32(IN_IGNORED) != 0 {
      folders[event.wd] = nil
      return
    }
    let path = name.isEmpty ? folder : "\(folder)/\(name)"
    let isFolder = event.mask & UInt32(IN_ISDIR) != 0
    // A new file is reported when its writer closes it; a new folder may hold files already.
    if event.mask & UInt32(IN_CREATE) != 0 && !isFolder { return }
    if isFolder && event.mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 { watch(path) }
    pending.insert(path)
  }

  private func report() {
    guard !pending.isEmpty, !isWaiting else { return }
    isWaiting = true
    queue.asyncAfter(deadline: .now() + Self.quiet) { [weak self] in
      guard let self else { return }
      isWaiting = false
      let paths = pending
      pending = []
      changed(paths)
    }
  }
}
