import CLua

extension LuaIsolate {
  /// Calls the handler of a route for a socket that was opened for this one request. The outbox gets
  /// one `respond`, later when the handler suspends; with the response, or the end of the stream
  /// that follows it, the socket is forgotten.
  ///
  /// - Parameters:
  ///   - route: the key that the script wrote, such as `GET /hello/:name`, or `allow_request`.
  ///   - request: a JSON object: method, path, params, query, query_all, headers, cookies, form,
  ///     form_all, files, files_all, and what else `request` has in Lua; tables that are empty may be
  ///     left out. A file's `data` is the index of its bytes in `attachments`.
  ///   - attachments: the body, then the bytes of the files.
  public func request(
    socket: UInt64, route: String, request: UnsafeRawBufferPointer, attachments: [[UInt8]]
  ) {
    attach(attachments)
    pg_request(host, socket, route, request.baseAddress, request.count)
  }

  /// The client of a request has left. A stream ends with its coroutine and its listeners; another
  /// handler runs on, and its response is dropped.
  public func abandon(socket: UInt64) {
    pg_abandon(host, socket)
  }

  /// The client of a stream has taken `bytes`; a `send` that waited goes on.
  public func drained(socket: UInt64, bytes: Int) {
    pg_drained(host, socket, bytes)
  }

  /// Passes a publication to a listener. One that is unknown is ignored.
  ///
  /// - Parameter message: the message as JSON text.
  public func deliver(
    listener: UInt64, message: UnsafeRawBufferPointer, attachments: [[UInt8]] = []
  ) {
    attach(attachments)
    pg_publication(host, listener, message.baseAddress, message.count)
  }
}
