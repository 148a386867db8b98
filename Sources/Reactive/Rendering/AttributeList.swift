/// The attributes of one start tag in their order, with values as escaped HTML. The first of two
/// with the same name counts; classes and styles add up.
struct AttributeList {
  private var entries: [(name: String, value: [UInt8])] = []

  /// The value of `name`, spelled like this.
  subscript(name: String) -> [UInt8]? { entries.first { $0.name == name }?.value }

  /// Adds an attribute as its element writes it.
  mutating func set(_ attribute: Attribute, value: [UInt8]) {
    guard let index = index(of: attribute.name) else {
      entries.append((attribute.name, value))
      return
    }
    guard addsUp(attribute), !entries[index].value.isEmpty else {
      if addsUp(attribute) { entries[index].value = value }
      return
    }
    entries[index].value = value + [UInt8(ascii: " ")] + entries[index].value
  }

  /// Whether another attribute of this name would not count.
  func isTaken(_ attribute: Attribute) -> Bool {
    !addsUp(attribute) && index(of: attribute.name) != nil
  }

  private func addsUp(_ attribute: Attribute) -> Bool {
    attribute.lowercaseName == "class" || attribute.lowercaseName == "style"
  }

  private func index(of name: String) -> Int? { entries.firstIndex { $0.name == name } }

  /// Adds to the value of `name`, behind a separator if it has one already.
  mutating func join(_ name: String, separator: String, _ added: [UInt8]) {
    guard let index = index(of: name) else {
      entries.append((name, added))
      return
    }
    var value = entries[index].value
    while let last = value.last, last.isSpace || last == UInt8(ascii: ";") { value.removeLast() }
    if !value.isEmpty { value += separator.utf8 }
    entries[index].value = value + added
  }

  /// Gives `name` another value, in its place if it has one.
  mutating func replace(_ name: String, value: [UInt8]) {
    if let index = index(of: name) {
      entries[index].value = value
    } else {
      entries.append((name, value))
    }
  }

  mutating func remove(_ name: String) { entries.removeAll { $0.name == name } }

  func append(to output: inout [UInt8]) {
    for (name, value) in entries {
      output.append(UInt8(ascii: " "))
      output.append(contentsOf: name.utf8)
      output.append(contentsOf: "=\"".utf8)
      output.append(contentsOf: value)
      output.append(UInt8(ascii: "\""))
    }
  }
}
