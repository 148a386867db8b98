extension Binding.Address {
  /// The address that the text of a `bind` attribute writes; nil when it is none.
  init?(visibleText text: String) {
    guard text.hasPrefix("/") else { return nil }
    let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let namespace = String(parts[0])
    guard parts.count == 2 else {
      self.init(namespace: namespace)
      return
    }
    let target = parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard !target[0].isEmpty else { return nil }
    self.init(
      namespace: namespace, model: String(target[0]),
      key: target.count == 2 ? String(target[1]) : nil)
  }
}
