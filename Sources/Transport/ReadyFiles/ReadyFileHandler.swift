// Answers plain GETs of files that are in memory before they are parsed: looks at what was read, finds
// the file that answered the same request before, and writes its ready-made response straight to the
// socket. Everything else it hands on as it came, to the decoder behind it. It holds nothing back but the
// few bytes of a connection's first read.

import NIOCore

/// The first handler of an HTTP/1 connection. Isolated to its channel's event loop.
final class ReadyFileHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = IOData

  /// How much is gathered of the answers to requests that came in one read.
  private static let gathered = 64 * 1024

  private let connection: HTTPConnectionHandler
  private let service: ServerService
  private let table: ReadyFileTable
  /// `nil` where something between here and the socket changes what is written.
  private var socket: DirectSocket?
  /// What the first read brought, which is tiny (`ReadBuffers`), until the second.
  private var beginning: ByteBuffer?
  private var hasRead = false
  /// Whether the next byte begins a request. Once that is not certain, it is not for good.
  private var isAtBoundary = true
  /// Whether the last read brought one request and nothing else.
  private var hasReadOne = false
  /// The request whose answer the connection is making.
  private var asked: ReadyFileTable.Key?

  init(connection: HTTPConnectionHandler) {
    self.connection = connection
    service = connection.service
    table = connection.loop.readyFiles
  }

  /// Whether all that was read ends with one request, so that nothing is behind it in the decoder.
  var hasEndedWithRequest: Bool { isAtBoundary && hasReadOne }

  func handlerAdded(context: ChannelHandlerContext) {
    connection.readyFiles = self
    if !connection.isSecure { socket = DirectSocket(context.channel) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    handOnBeginning(context)
    socket = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    handOnBeginning(context)
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { handOnBeginning(context) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard isAtBoundary, let revision = service.responder.revision else {
      isAtBoundary = false
      handOnBeginning(context)
      return handOn(data, context)
    }
    guard var bytes = withBeginning(unwrapInboundIn(data)) else { return }
    if connection.isAtRest {
      answer(&bytes, revision, context)
      if bytes.readableBytes == 0 { return }
    }
    note(bytes, revision)
    handOn(wrapInboundOut(bytes), context)
  }

  /// The connection is about to send a file as the whole answer to the request that it was handed.
  func sends(_ file: ServedFile) {
    guard let key = asked.take(), file.identity.ready != nil else { return }
    table.remember(file, for: key)
  }

  // MARK: Answers

  /// Takes requests from the beginning of `bytes` for as long as their answers are ready.
  private func answer(_ bytes: inout ByteBuffer, _ revision: Int, _ context: ChannelHandlerContext)
  {
    let now = NIODeadline.now()
    var answers = ByteBuffer()
    while connection.isAtRest, socket != nil || context.channel.isWritable,
      let (answer, length) = ready(bytes, revision, now)
    {
      let mustWait = answer.isLong || answers.readableBytes > Self.gathered
      if mustWait && answers.readableBytes > 0 {
        write(answers, now, context)
        answers = ByteBuffer()
        continue
      }
      bytes.moveReaderIndex(forwardBy: length)
      if answer.isLong {
        write(answer.bytes, from: answer.file, now, context)
      } else if answers.readableBytes == 0 {
        answers = answer.bytes
      } else {
        answers.writeImmutableBuffer(answer.bytes)
      }
    }
    if answers.readableBytes > 0 { write(answers, now, context) }
  }

  /// The answer to the first request, and how long that is.
  private func ready(
    _ bytes: ByteBuffer, _ revision: Int, _ now: NIODeadline
  ) -> (answer: ReadyResponse, length: Int)? {
    bytes.withUnsafeReadableBytes { bytes in
      guard let glance = RequestGlance(bytes), isAcceptable(glance),
        let file = table.file(for: glance, in: bytes, revision: revision), file.isFresh(at: now)
      else { return nil }
      var chosen = file.identity
      if let gzip = file.gzip, table.acceptsGzip(glance, in: bytes) { chosen = gzip }
      guard let answer = chosen.ready, isWritable(answer) else { return nil }
      return (answer, glance.length)
    }
  }

  private func isAcceptable(_ glance: RequestGlance) -> Bool {
    glance.isPlain && glance.length <= service.configuration.maxHeaderBytes
      && glance.fieldCount <= service.configuration.maxHeaderFields
  }

  /// What is long must go piece by piece where the kernel cannot say how much it takes.
  private func isWritable(_ answer: ReadyResponse) -> Bool {
    socket != nil || answer.bytes.readableBytes <= HTTPConnectionHandler.shortBody
  }

  /// - Parameter file: holds the same bytes.
  private func write(
    _ answers: ByteBuffer, from file: MemoryFile? = nil, _ now: NIODeadline,
    _ context: ChannelHandlerContext
  ) {
    if socket == nil {
      context.writeAndFlush(wrapOutboundOut(.byteBuffer(answers)), promise: nil)
    } else if let rest = socket?.write(answers, from: file) {
      return connection.finish(rest)
    }
    connection.answered(at: now)
  }

  // MARK: The first read

  /// The bytes behind those of the first read; nil if these are the first.
  private func withBeginning(_ bytes: ByteBuffer) -> ByteBuffer? {
    if var whole = beginning.take() {
      whole.writeImmutableBuffer(bytes)
      return whole
    }
    defer { hasRead = true }
    guard !hasRead, bytes.readableBytes == ReadBuffers.first,
      bytes.readableBytesView.starts(with: "GET /".utf8)
    else { return bytes }
    beginning = ByteBuffer(bytes: bytes.readableBytesView)
    return nil
  }

  private func handOnBeginning(_ context: ChannelHandlerContext) {
    guard let bytes = beginning.take() else { return }
    handOn(wrapInboundOut(bytes), context)
  }

  // MARK: Handing on

  /// Remembers what is handed on: which request it is, if it is only one, and whether it ends with it.
  private func note(_ bytes: ByteBuffer, _ revision: Int) {
    asked = nil
    hasReadOne = false
    bytes.withUnsafeReadableBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        guard let glance = RequestGlance(rest), glance.hasNoBody else {
          isAtBoundary = false
          return
        }
        if glance.length == bytes.count {
          hasReadOne = true
          if isAcceptable(glance), connection.isAtRest {
            asked = ReadyFileTable.key(of: glance, in: bytes, revision: revision)
          }
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[glance.length...])
      }
    }
  }

  private func handOn(_ data: NIOAny, _ context: ChannelHandlerContext) {
    socket?.yield()
    context.fireChannelRead(data)
  }
}
