import Foundation
import Testing

@testable import LuaRuntime

@Suite struct SchemaCaseTests {
  private func app(_ schema: SchemaCase) throws -> App {
    try App(
      """
      local rule = \(schema.lua)
      local H = { validate = { described = rule } }
      function H:on_described() end
      function H:on_value(value)
        local cleaned, errors = rule:validate(value)
        return cleaned, errors
      end
      return H
      """)
  }

  @Test func `there are cases`() {
    #expect(SchemaCase.all.count > 40)
  }

  @Test(arguments: SchemaCase.all)
  func `a value becomes what the case says`(schema: SchemaCase) throws {
    let app = try app(schema)
    for (value, expected) in schema.values {
      let told = app.send("[\"value\",\(value)]", ack: 1)
      let ack = canonical(json: told.first?.body ?? "")
      #expect(ack == expected, "\(value.prefix(200)): \(told.texts)")
    }
  }

  @Test(arguments: SchemaCase.all)
  func `the browser gets the description of the case`(schema: SchemaCase) throws {
    let manifest = try JSONSerialization.jsonObject(with: Data(try app(schema).isolate.manifest))
    let schemas = (manifest as? [String: Any])?["schemas"] as? [[String: Any]]
    let arguments = schemas?.first?["args"] as? [Any]
    #expect(arguments?.first.map(canonical) == schema.description)
  }
}
