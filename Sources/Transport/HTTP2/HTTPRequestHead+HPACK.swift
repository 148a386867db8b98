import NIOHPACK
import NIOHTTP1

extension HTTPRequestHead {
  /// The head of a request that came over HTTP/2, as HTTP/1 would have it (RFC 9113 section 8.3.1):
  /// the authority is the field `host`, all cookies are one field.
  init(_ fields: HPACKHeaders) {
    var method = "GET"
    var path = ""
    var authority: String?
    var cookies: [String] = []
    var headers = HTTPHeaders()
    headers.reserveCapacity(fields.count)
    for (name, value, _) in fields {
      switch name {
      case ":method": method = value
      case ":path": path = value
      case ":authority": authority = value
      case "cookie": cookies.append(value)
      default: if !name.hasPrefix(":") { headers.add(name: name, value: value) }
      }
    }
    if let authority { headers.replaceOrAdd(name: "host", value: authority) }
    if !cookies.isEmpty { headers.add(name: "cookie", value: cookies.joined(separator: "; ")) }
    self.init(
      version: .http2, method: HTTPMethod(rawValue: method), uri: path, headers: headers)
  }
}
