import NIOCore
import Transport

/// The fields and files of a submitted form; empty when the body is none.
struct SubmittedForm {
  var fields: [(String, String)] = []
  var files: [MultipartBody.File] = []

  init(_ request: HTTPRequest) {
    let type = request.headers.first(name: "content-type") ?? ""
    let kind = type.split(separator: ";").first?.lowercased().filter { $0 != " " } ?? ""
    if kind == "application/x-www-form-urlencoded" {
      // Counted before they are looked at: each takes far more memory than its two bytes.
      let parameters = request.body.readableBytesView.count { $0 == UInt8(ascii: "&") }
      guard parameters < MultipartBody.maxParts else { return }
      fields = QueryString.parse(String(buffer: request.body))
    } else if kind == "multipart/form-data",
      let boundary = HeaderParameters(type)["boundary"],
      let body = MultipartBody(request.body, boundary: boundary)
    {
      fields = body.fields
      files = body.files
    }
  }
}

/// The parameters behind the first part of a header's value: `form-data; name="a"` (RFC 9110 section
/// 5.6.6). Read by Unicode scalars: a mark that combines with a quotation mark does not hide it.
struct HeaderParameters {
  private var values: [String: String] = [:]

  init(_ header: String) {
    var rest = header.unicodeScalars[...]
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[semicolon...].dropFirst().drop { $0 == " " || $0 == "\t" }
      let name = rest.prefix { $0 != "=" && $0 != ";" }
      rest = rest[name.endIndex...]
      guard rest.first == "=" else { continue }
      rest = rest.dropFirst()
      let value = rest.first == "\"" ? Self.quoted(&rest) : Self.token(&rest)
      let key = String(name).lowercased().filter { $0 != " " }
      if values[key] == nil { values[key] = value }
    }
  }

  subscript(name: String) -> String? { values[name] }

  private static func token(_ rest: inout Substring.UnicodeScalarView) -> String {
    let token = rest.prefix { $0 != ";" }
    rest = rest[token.endIndex...]
    return String(token).split(separator: " ").joined(separator: " ")
  }

  private static func quoted(_ rest: inout Substring.UnicodeScalarView) -> String {
    rest = rest.dropFirst()
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst(), scalar != "\"" {
      // Browsers escape a quotation mark as %22 or with a backslash, and leave other backslashes be.
      if scalar == "\\", rest.first == "\"" || rest.first == "\\" {
        text.append(rest.removeFirst())
      } else {
        text.append(scalar)
      }
    }
    return String(text)
  }
}
