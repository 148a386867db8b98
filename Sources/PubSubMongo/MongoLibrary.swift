import CMongoSystem

/// The client library as a whole.
enum MongoLibrary {
  /// It logs nothing: what is wrong is told by errors.
  private static let isReady: Bool = {
    mongoc_init()
    mongoc_log_set_handler(nil, nil)
    return true
  }()

  /// To be called before anything else of the library.
  static func begin() { _ = isReady }
}
