import CNATSSystem
import Glibc
import NIOCore
import PubSub

extension NATSSettings {
  /// Makes the options of a connection; stops at the first that libnats refuses.
  func apply(to options: OpaquePointer?, socket: NATSSocket, ping: TimeAmount) -> natsStatus {
    let steps: [() -> natsStatus] = [
      { setServers(options) }, { setCredentials(options) }, { setTLS(options) },
      { natsOptions_SetName(options, "perigee") },
      { natsOptions_SetTimeout(options, EngineDriverLimits.connect.nanoseconds / 1_000_000) },
      // LinkedEngine makes links anew: it knows what to catch up on.
      { natsOptions_SetAllowReconnect(options, false) },
      // Pings make the server show that it lives; when it does not, NATSConnection says so.
      { natsOptions_SetPingInterval(options, ping.nanoseconds / 1_000_000) },
      { natsOptions_SetMaxPingsOut(options, Int32.max) },
      { natsOptions_SetIOBufSize(options, 256 << 10) },
      // With an event loop this means: no thread that flushes.
      { natsOptions_SetSendAsap(options, true) },
      // What this node publishes live it has delivered itself.
      { natsOptions_SetNoEcho(options, true) },
      // One thread delivers all subscriptions, in order, instead of one for each.
      { natsOptions_UseGlobalMessageDelivery(options, true) },
      // Errors are looked for after each read; without a handler libnats prints them.
      { natsOptions_SetErrorHandler(options, { _, _, _, _ in }, nil) },
      { socket.attach(to: options) },
    ]
    for step in steps {
      let status = step()
      if status != NATS_OK { return status }
    }
    return NATS_OK
  }

  private func setServers(_ options: OpaquePointer?) -> natsStatus {
    let copies = servers.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    var names = copies.map { UnsafePointer<CChar>($0) }
    return natsOptions_SetServers(options, &names, Int32(names.count))
  }

  private func setCredentials(_ options: OpaquePointer?) -> natsStatus {
    if let credentials {
      return natsOptions_SetUserCredentialsFromFiles(options, credentials, nil)
    }
    guard let secret else { return NATS_OK }
    guard let user else { return natsOptions_SetToken(options, secret) }
    return natsOptions_SetUserInfo(options, user, secret)
  }

  private func setTLS(_ options: OpaquePointer?) -> natsStatus {
    guard usesTLS || authority != nil else { return NATS_OK }
    let status = natsOptions_SetSecure(options, true)
    guard status == NATS_OK, let authority else { return status }
    return natsOptions_LoadCATrustedCertificates(options, authority)
  }
}
