import Reactive
import Testing

@Suite struct ExpressionTests {
  private static let data: JSONValue = [
    "price": 2.5, "name": "😀é", "list": [3, 1, 2], "same": [["a": 1], ["a": 1]],
    "text": "a-b-c", "empty": [:],
  ]

  private func shown(_ expression: String) throws -> String {
    try Template(source: "{{{\(expression)}}}").render(data: Self.data)
  }

  @Test(
    "numbers are written as JavaScript writes them",
    arguments: [
      ("0.1 + 0.2", "0.30000000000000004"), ("1e21", "1e+21"),
      ("1e20 * 3", "300000000000000000000"),
      ("1 / 3", "0.3333333333333333"), ("1e-7", "1e-7"), ("0.000001", "0.000001"), ("-0", "0"),
      ("1 / 0", "Infinity"), ("0 / 0", "NaN"), ("123456789.125", "123456789.125"),
      ("5e-324", "5e-324"),
    ])
  func numbers(expression: String, expected: String) throws {
    #expect(try shown(expression) == expected)
  }

  @Test(
    "toFixed is exact",
    arguments: [
      ("(1.005).toFixed(2)", "1.00"), ("(2.5).toFixed(0)", "3"), ("(-2.5).toFixed()", "-3"),
      ("(0.000001).toFixed(7)", "0.0000010"), ("(1e21).toFixed(2)", "1e+21"),
      ("price.toFixed(1)", "2.5"),
      ("(123.456).toFixed(101)", ""), ("(0).toFixed(2)", "0.00"), ("(10.235).toFixed(2)", "10.23"),
      ("(-0.0001).toFixed(2)", "-0.00"), ("(0.5).toFixed(0)", "1"), ("(1.45).toFixed(1)", "1.4"),
    ])
  func fixed(expression: String, expected: String) throws {
    #expect(try shown(expression) == expected)
  }

  @Test(
    "texts are read as numbers as JavaScript reads them",
    arguments: [
      ("Number(' 12 ')", "12"), ("Number('')", "0"), ("Number('0x1F')", "31"),
      ("Number('1_0')", "NaN"),
      ("Number('.5')", "0.5"), ("Number('5.')", "5"), ("Number('-Infinity')", "-Infinity"),
      ("Number('inf')", "NaN"), ("parseFloat('3.5px')", "3.5"), ("parseFloat('x')", "NaN"),
      ("parseInt('42px')", "42"), ("parseInt('ff', 16)", "255"), ("parseInt('0x10')", "16"),
      ("parseInt('z', 37)", "NaN"), ("+'1e3'", "1000"), ("Number([7])", "7"),
    ])
  func reading(expression: String, expected: String) throws {
    #expect(try shown(expression) == expected)
  }

  @Test(
    "texts are UTF-16",
    arguments: [
      ("name.length", "3"), ("name.slice(2)", "é"), ("name.slice(0, 1)", "\u{fffd}"),
      ("name.charAt(2)", "é"), ("name.indexOf('é')", "2"), ("'a' < 'b'", "true"),
      ("'\u{ff5e}' < '😀'", "false"), ("'é' === 'e\u{301}'", "false"), ("text.split('-')[1]", "b"),
      ("encodeURIComponent('a b/é')", "a%20b%2F%C3%A9"), ("'5'.padStart(3, '0')", "005"),
      ("text.replace('-', '$&')", "a$&b-c"),
    ])
  func texts(expression: String, expected: String) throws {
    #expect(try shown(expression) == expected)
  }

  @Test(
    "values are compared as JavaScript compares them",
    arguments: [
      ("'1' == 1", "true"), ("null == undefined", "true"), ("null == 0", "false"),
      ("NaN === NaN", "false"), ("[1] == 1", "true"), ("same[0] === same[0]", "true"),
      ("same[0] === same[1]", "false"), ("list === list", "true"), ("true == 'true'", "false"),
      ("'10' < '9'", "true"), ("10 < '9'", "false"), ("typeof null", "object"),
      ("list + 1", "3,1,21"), ("empty + ''", "[object Object]"), ("list.includes(1)", "true"),
    ])
  func comparisons(expression: String, expected: String) throws {
    #expect(try shown(expression) == expected)
  }

  @Test(
    "nothing leads out of the data",
    arguments: [
      "name.constructor", "list['constructor']", "empty.__proto__", "empty['__' + 'proto__']",
      "constructor", "Math.constructor", "list.map", "empty.toString()", "Object.prototype",
      "'x'.repeat(1e9)", "'x'.padStart(1e9)", "''.repeat(1e300)", "list[1e300]", "list[-1]",
    ])
  func unreachable(expression: String) throws {
    #expect(try shown(expression) == "")
  }
}
