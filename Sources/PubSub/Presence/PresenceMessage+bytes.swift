// Messages about presence as bytes. Read from the network: what is not of this form is nothing.

import NIOCore

extension PresenceMessage {
  fileprivate enum Kind: UInt8 {
    case delta = 1
    case state, digest, request, goodbye
  }

  /// Writes the message; ``init(readingFrom:)`` reads it.
  public func write(to buffer: inout ByteBuffer) {
    buffer.writeInteger(sender.node)
    buffer.writeInteger(sender.table)
    switch content {
    case .delta(let sequence, let changes):
      buffer.writeKind(.delta, sequence)
      buffer.writeList(changes) { $0.write($1) }
    case .state(let sequence, let part, let parts, let held):
      buffer.writeKind(.state, sequence)
      buffer.writeInteger(part)
      buffer.writeInteger(parts)
      buffer.writeList(held) { $0.write($1) }
    case .digest(let sequence): buffer.writeKind(.digest, sequence)
    case .request(let table): buffer.writeKind(.request, table)
    case .goodbye: buffer.writeKind(.goodbye, 0)
    }
  }

  /// Reads what another table wrote; nil when it is something else.
  public init?(readingFrom buffer: inout ByteBuffer) {
    guard let node = buffer.readInteger(as: UInt64.self),
      let table = buffer.readInteger(as: UInt64.self),
      let kind = buffer.readInteger(as: UInt8.self).flatMap(Kind.init(rawValue:)),
      let number = buffer.readInteger(as: UInt64.self)
    else { return nil }
    let content: Content
    switch kind {
    case .delta:
      guard let changes = buffer.readList({ $0.readChange() }) else { return nil }
      content = .delta(sequence: number, changes)
    case .state:
      guard let part = buffer.readInteger(as: UInt32.self),
        let parts = buffer.readInteger(as: UInt32.self), part < parts,
        let held = buffer.readList({ $0.readHeld() })
      else { return nil }
      content = .state(sequence: number, part: part, parts: parts, held)
    case .digest: content = .digest(sequence: number)
    case .request: content = .request(table: number)
    case .goodbye: content = .goodbye
    }
    self.init(from: PresenceSite(node: node, table: table), content)
  }
}

extension ByteBuffer {
  fileprivate mutating func writeKind(_ kind: PresenceMessage.Kind, _ number: UInt64) {
    writeInteger(kind.rawValue)
    writeInteger(number)
  }

  fileprivate mutating func write(_ change: PresenceChange) {
    switch change {
    case .put(let entry):
      writeInteger(1 as UInt8)
      write(entry)
    case .drop(let ref): write(ref, as: 2)
    case .lose(let ref): write(ref, as: 3)
    case .regain(let ref): write(ref, as: 4)
    }
  }

  private mutating func write(_ ref: PresenceRef, as kind: UInt8) {
    writeInteger(kind)
    write(ref)
  }

  private mutating func write(_ ref: PresenceRef) {
    writeInteger(ref.table)
    writeInteger(ref.serial)
  }

  private mutating func write(_ entry: PresenceEntry) {
    write(entry.ref)
    writeText(entry.identity.channel.namespace)
    writeText(entry.identity.channel.name)
    writeText(entry.identity.key)
    writeText(entry.identity.meta)
  }

  fileprivate mutating func write(_ held: HeldPresence) {
    writeInteger(held.isLost ? 1 as UInt8 : 0)
    write(held.entry)
  }

  fileprivate mutating func readChange() -> PresenceChange? {
    switch readInteger(as: UInt8.self) {
    case 1: readEntry().map { .put($0) }
    case 2: readRef().map { .drop($0) }
    case 3: readRef().map { .lose($0) }
    case 4: readRef().map { .regain($0) }
    default: nil
    }
  }

  fileprivate mutating func readHeld() -> HeldPresence? {
    guard let flag = readInteger(as: UInt8.self), flag <= 1, let entry = readEntry() else {
      return nil
    }
    return HeldPresence(entry: entry, isLost: flag == 1)
  }

  private mutating func readEntry() -> PresenceEntry? {
    guard let ref = readRef(), let namespace = readText(), let name = readText(),
      let key = readText(), let meta = readText()
    else { return nil }
    let channel = PresenceChannel(name, in: namespace)
    return PresenceEntry(
      ref: ref, identity: PresenceIdentity(channel: channel, key: key, meta: meta))
  }

  private mutating func readRef() -> PresenceRef? {
    guard let table = readInteger(as: UInt64.self), let serial = readInteger(as: UInt64.self)
    else { return nil }
    return PresenceRef(table: table, serial: serial)
  }
}
