import NIOCore
import Testing

@testable import AppHost

@Suite("A multipart body")
struct MultipartBodyTests {
  private func body(_ text: String, boundary: String = "B") -> MultipartBody? {
    MultipartBody(ByteBuffer(string: text), boundary: boundary)
  }

  private func part(_ content: String, _ disposition: String = #"name="a""#) -> String {
    "--B\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n\(content)\r\n"
  }

  @Test("gives fields and files in order, bytes as they are")
  func parts() throws {
    let file = "--B\r\ncontent-type: image/png\r\nCONTENT-DISPOSITION: form-data; "
    let text =
      part("1") + part("", #"name="b c""#) + file
      + "name=f; filename=\"x.png\"\r\n\r\n\r\n--C\n\r\n--B--"
    let body = try #require(self.body(text))
    #expect(body.fields.map(\.0) == ["a", "b c"] && body.fields.map(\.1) == ["1", ""])
    #expect(
      body.files == [
        .init(
          name: "f", filename: "x.png", type: "image/png", data: ByteBuffer(string: "\r\n--C\n"))
      ])
  }

  @Test("may have no parts, a preamble and an epilogue")
  func surroundings() {
    #expect(body("--B--")?.fields.isEmpty == true)
    #expect(body("preamble\r\n" + part("1") + "--B--\r\nepilogue")?.fields.count == 1)
  }

  @Test("takes a file without a media type for text, and an empty filename for a file")
  func defaults() {
    let files = body(part("x", #"name="a"; filename="""#) + "--B--")?.files
    #expect(
      files == [.init(name: "a", filename: "", type: "text/plain", data: ByteBuffer(string: "x"))])
  }

  @Test(
    "is nothing without all its delimiters and names",
    arguments: [
      "", "--B", "--B\r\n", "--B\r\n--B--", "x--B--", "--C--", "--B\r\n\r\nx\r\n--B--", "--Bx--",
      "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
      "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B",
      "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--",
      "--B\r\nContent-Disposition: form-data; name=a\r\n--B--",
      "--B\nContent-Disposition: form-data; name=a\n\nx\n--B--",
    ])
  func malformed(text: String) {
    #expect(body(text) == nil)
  }

  @Test("has a boundary of one to seventy bytes")
  func boundaries() {
    #expect(body("----", boundary: "") == nil)
    let long = String(repeating: "b", count: 70)
    #expect(body("--\(long)--", boundary: long) != nil)
    #expect(body("--\(long)b--", boundary: long + "b") == nil)
  }

  @Test("has a thousand parts at most")
  func count() {
    #expect(body(String(repeating: part("x"), count: 1_000) + "--B--")?.fields.count == 1_000)
    #expect(body(String(repeating: part("x"), count: 1_001) + "--B--") == nil)
  }

  @Test("that almost holds its delimiter again and again takes one pass", .timeLimit(.minutes(1)))
  func hostile() {
    let boundary = String(repeating: "b", count: 70)
    let head = "--\(boundary)\r\nContent-Disposition: form-data; name=a\r\n\r\n"
    let almost = "\r\n--" + boundary.dropLast()
    let bodies = [
      head + String(repeating: almost, count: 10_000), String(repeating: "\r", count: 500_000),
      head + String(repeating: "\r\n", count: 200_000), "--\(boundary)\r\n" + almost,
    ]
    for body in bodies { #expect(self.body(body, boundary: boundary) == nil) }
  }
}
