/// `text` as a JSON string with its quotes.
func jsonString(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": json += "\\\""
    case "\\": json += "\\\\"
    case "\u{0}"..<" ":
      json +=
        "\\u00" + (scalar.value < 16 ? "0" : "1")
        + String(scalar.value % 16, radix: 16)
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}
