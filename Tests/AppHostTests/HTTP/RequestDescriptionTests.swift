import Foundation
import NIOCore
import NIOHTTP1
import Testing
import Transport

@testable import AppHost

@Suite("A request's description")
struct RequestDescriptionTests {
  private func describe(
    _ request: HTTPRequest, path: String = "/x", parameters: [String: String] = [:]
  ) throws -> [String: Any] {
    let description = RequestDescription(request, path: path, parameters: parameters)
    let object = try JSONSerialization.jsonObject(with: Data(description.json.readableBytesView))
    return try #require(object as? [String: Any])
  }

  @Test("tells what came, decoded")
  func request() throws {
    let request = HTTPRequest.test(
      .PUT, "/app/x?a=1&b=%C3%A9&a=2", headers: ["Host": "h:1", "X-A": "1", "x-a": "2\"\n"])
    let fields = try describe(request, parameters: ["id": "\"7\""])
    #expect(fields["method"] as? String == "PUT")
    #expect(fields["path"] as? String == "/x")
    #expect(fields["url"] as? String == "/app/x?a=1&b=%C3%A9&a=2")
    #expect(fields["params"] as? [String: String] == ["id": "\"7\""])
    #expect(fields["query"] as? [String: String] == ["a": "2", "b": "é"])
    #expect(fields["query_all"] as? [String: [String]] == ["a": ["1", "2"], "b": ["é"]])
    #expect(fields["headers"] as? [String: String] == ["host": "h:1", "x-a": "1, 2\"\n"])
    #expect(fields["address"] as? String == "192.0.2.1")
    #expect(fields["secure"] as? Bool == true)
    #expect(fields["host"] as? String == "h:1")
    #expect(try describe(.test(), path: "")["path"] as? String == "/")
  }

  @Test("reads cookies, the first of a name, without the quotes around a value")
  func cookies() throws {
    let headers: HTTPHeaders = ["Cookie": #"a=1; b="x=y";a=2; c ; =d;e="; f= "#, "cookie": "g=7"]
    let cookies = try describe(.test(headers: headers))["cookies"] as? [String: String]
    #expect(cookies == ["a": "1", "b": "x=y", "": "d", "e": "\"", "f": "", "g": "7"])
  }

  @Test("has the body as its first attachment and the files behind it")
  func files() throws {
    let body = ByteBuffer(
      string: "--B\r\nContent-Disposition: form-data; name=f; filename=\"x\"\r\n"
        + "Content-Type: image/png\r\n\r\nbytes\r\n"
        + "--B\r\nContent-Disposition: form-data; name=f; filename=\"y\"\r\n\r\n\r\n"
        + "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B--")
    let request = HTTPRequest.test(
      .POST, headers: ["content-type": "multipart/form-data; boundary=B"], body: body)
    let description = RequestDescription(request, path: "/", parameters: [:])
    #expect(description.attachments == [body, ByteBuffer(string: "bytes"), ByteBuffer()])
    let fields = try describe(request)
    #expect(fields["form"] as? [String: String] == ["a": "1"])
    #expect(fields["form_all"] as? [String: [String]] == ["a": ["1"]])
    let last = (fields["files"] as? [String: [String: Any]])?["f"]
    #expect(last?["filename"] as? String == "y")
    let all = (fields["files_all"] as? [String: [[String: Any]]])?["f"]
    #expect(all?.map { $0["filename"] as? String } == ["x", "y"])
    #expect(all?.map { $0["type"] as? String } == ["image/png", "text/plain"])
    #expect(all?.map { $0["data"] as? Int } == [1, 2])
  }
}
