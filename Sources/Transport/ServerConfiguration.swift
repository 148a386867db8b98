import NIOCore
import RealtimeProtocol

/// Everything that can be set about a server; each bound has its default here.
public struct ServerConfiguration: Sendable {
  /// The address to listen on: an IP address or a name that resolves to one.
  public var host = "127.0.0.1"
  /// The port to listen on; 0 takes any free one.
  public var port = 8080
  /// Pending connections that the kernel keeps; more are refused by it.
  public var backlog: CInt = 4096

  /// Times and bounds of Engine.IO sessions.
  public var engine = EngineConfiguration()
  /// A cookie that carries the session id to load balancers; off by default.
  public var cookie: SessionCookie?
  /// Which foreign origins may use the Engine.IO endpoints; none by default.
  public var crossOrigin: CrossOriginPolicy?

  /// The longest request line and header list, in bytes; beyond it the answer is 431.
  public var maxHeaderBytes = 16 * 1024
  /// The most header fields of one request; beyond it the answer is 431.
  public var maxHeaderFields = 100
  /// The longest body of a request to the responder, in bytes; beyond it the answer is 413.
  /// Engine.IO posts are bounded by `engine.maxPayload` instead.
  public var maxRequestBody = 1 << 20
  /// How long a connection may be silent between requests.
  public var idleTimeout = TimeAmount.seconds(75)
  /// How long a request may take to arrive, from its first byte; beyond it the answer is 408.
  public var requestTimeout = TimeAmount.seconds(30)
  /// How long `stop()` waits for responses and closing sessions.
  public var shutdownTimeout = TimeAmount.seconds(5)
  /// Bytes that may wait for one session's client before it is closed as a slow consumer. A
  /// message to a client that takes everything is never refused, however long it is.
  public var outboundLimit = 1 << 20

  /// Certificate and key; `nil` serves plain HTTP/1.1.
  public var tls: TLSFiles?
  /// How often the files of `tls` are looked at, to take over a renewed certificate.
  public var certificateCheckInterval = TimeAmount.seconds(5)
  /// The requests and streams that one HTTP/2 connection may have open.
  public var maxConcurrentStreams = 1000
  /// Compresses polling responses of at least so many bytes; `nil` compresses none.
  public var compressionThreshold: Int? = 1024
  /// Offers permessage-deflate for messages of at least so many bytes; `nil` does not.
  public var perMessageDeflateThreshold: Int?

  public init() {}
}

/// Where the certificate of a server and its key lie.
public struct TLSFiles: Sendable, Equatable {
  /// PEM: the server's certificate, then those that vouch for it.
  public var certificate: String
  /// PEM.
  public var key: String

  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}
