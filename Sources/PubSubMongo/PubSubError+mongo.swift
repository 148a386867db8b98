// What the library and the servers say went wrong, as this module's errors.

import CMongoSystem
import PubSub

extension bson_error_t {
  /// Its message.
  var text: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// The codes of MongoDB that mean something here.
enum MongoCode {
  static let unauthorized: Int64 = 13
  static let authenticationFailed: Int64 = 18
  static let nothingThere: Int64 = 26
  static let tooLong: Int64 = 50
  static let duplicateKey: Int64 = 11_000
}

extension PubSubError {
  /// What the library answers.
  static func mongo(_ error: bson_error_t, during purpose: String) -> PubSubError {
    if error.domain == MONGOC_ERROR_CLIENT.rawValue,
      error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue
    {
      return PubSubError(.unauthorized, "the MongoDB server turned the credentials away")
    }
    return mongo(Int64(error.code), error.text, during: purpose)
  }

  /// What a server answers.
  static func mongo(_ number: Int64, _ text: String, during purpose: String) -> PubSubError {
    let code: Code =
      switch number {
      case MongoCode.unauthorized, MongoCode.authenticationFailed: .unauthorized
      default: .unreachable
      }
    return PubSubError(
      code, "\(purpose) failed: \(text)", underlying: MongoRefusal(code: number))
  }
}

/// What number a refusal has.
struct MongoRefusal: Error, CustomStringConvertible {
  let code: Int64

  var description: String { "code \(code)" }
}

extension PubSubError {
  /// The number by which the server or the library calls it.
  var mongoCode: Int64? { (underlying as? MongoRefusal)?.code }
}
