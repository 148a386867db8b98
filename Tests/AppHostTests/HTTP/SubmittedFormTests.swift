import NIOCore
import Testing
import Transport

@testable import AppHost

@Suite("A submitted form")
struct SubmittedFormTests {
  private func form(_ type: String?, _ body: String) -> SubmittedForm {
    let headers = type.map { [("content-type", $0)] } ?? []
    return SubmittedForm(
      .test(.POST, headers: .init(headers), body: ByteBuffer(string: body)))
  }

  @Test("is read from both encodings, whatever else the content type says")
  func encodings() {
    let plain = form("Application/X-WWW-form-urlencoded ;charset=utf-8", "a=1+2&b=%C3%A9&a=3&c")
    #expect(plain.fields.map(\.0) == ["a", "b", "a", "c"])
    #expect(plain.fields.map(\.1) == ["1 2", "é", "3", ""])
    let part = "--x y\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n1\r\n--x y--"
    let parts = form(#"multipart/form-data; charset=utf-8; boundary="x y""#, part)
    #expect(parts.fields.isEmpty)
    #expect(parts.files.map(\.name) == ["a"])
  }

  @Test(
    "is empty for other bodies",
    arguments: [
      nil, "", ";", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
      "multipart/form-data; boundary=other",
    ])
  func others(type: String?) {
    let form = form(type, "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--B--")
    #expect(form.fields.isEmpty && form.files.isEmpty)
  }
}
