/// What the server runs for the driver, so that nobody sees a half of it.
enum RedisScript: CaseIterable {
  case publish
  case recover

  /// In Lua.
  var source: [UInt8] {
    switch self {
    case .publish: PackageResources.channel_lua + PackageResources.publish_lua
    case .recover: PackageResources.channel_lua + PackageResources.recover_lua
    }
  }
}
