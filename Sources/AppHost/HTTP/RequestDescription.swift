// A request as scripts see it: one JSON object, with the body and the uploaded files as attachments.

import Foundation
import NIOCore
import NIOHTTP1
import Transport

/// What a route's handler gets as `request`.
struct RequestDescription {
  private struct Fields: Encodable {
    let method: String
    let path: String
    let url: String
    let params: [String: String]
    let query: [String: String]
    let queryAll: [String: [String]]
    let headers: [String: String]
    let cookies: [String: String]
    let form: [String: String]
    let formAll: [String: [String]]
    let files: [String: File]
    let filesAll: [String: [File]]
    let address: String
    let secure: Bool
    let host: String

    enum CodingKeys: String, CodingKey {
      case method, path, url, params, query, headers, cookies, form, files, address, secure, host
      case queryAll = "query_all"
      case formAll = "form_all"
      case filesAll = "files_all"
    }
  }

  private struct File: Encodable {
    let filename: String
    let type: String
    /// The number of its attachment, in whose place the runtime puts its bytes.
    let data: Int
  }

  let json: ByteBuffer
  /// The body, then the files.
  let attachments: [ByteBuffer]

  /// - Parameters:
  ///   - path: below the script's namespace.
  ///   - parameters: what the route's path holds.
  init(_ request: HTTPRequest, path: String, parameters: [String: String]) {
    let form = SubmittedForm(request)
    var attachments = [request.body]
    var files: [String: [File]] = [:]
    for file in form.files {
      files[file.name, default: []].append(
        File(filename: file.filename, type: file.type, data: attachments.count))
      attachments.append(file.data)
    }
    let query = request.query
    let fields = Fields(
      method: request.method.rawValue, path: path.isEmpty ? "/" : path, url: request.uri,
      params: parameters, query: Self.last(query), queryAll: Self.all(query),
      headers: Dictionary(
        request.headers.map { ($0.name.lowercased(), $0.value) },
        uniquingKeysWith: { "\($0), \($1)" }),
      cookies: Self.cookies(request.headers), form: Self.last(form.fields),
      formAll: Self.all(form.fields), files: files.compactMapValues(\.last), filesAll: files,
      address: request.remoteAddress,
      secure: request.secure, host: request.headers.first(name: "host") ?? "")
    json = (try? JSONEncoder().encode(fields)).map { ByteBuffer(bytes: $0) } ?? ByteBuffer()
    self.attachments = attachments
  }

  private static func last(_ pairs: [(String, String)]) -> [String: String] {
    Dictionary(pairs, uniquingKeysWith: { _, last in last })
  }

  private static func all(_ pairs: [(String, String)]) -> [String: [String]] {
    Dictionary(grouping: pairs, by: \.0).mapValues { $0.map(\.1) }
  }

  /// The cookies of a request (RFC 6265 section 5.4), by name; the first of a name counts.
  private static func cookies(_ headers: HTTPHeaders) -> [String: String] {
    var cookies: [String: String] = [:]
    for line in headers["cookie"] {
      for pair in line.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { continue }
        let name = parts[0].trimmingCharacters(in: .whitespaces)
        var value = parts[1].trimmingCharacters(in: .whitespaces)
        if value.count > 1, value.hasPrefix("\""), value.hasSuffix("\"") {
          value = String(value.dropFirst().dropLast())
        }
        if cookies[name] == nil { cookies[name] = value }
      }
    }
    return cookies
  }
}
