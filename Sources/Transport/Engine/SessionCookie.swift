/// A cookie set by the Engine.IO handshake, for load balancers that need one.
public struct SessionCookie: Sendable, Equatable {
  public var name: String
  public var path: String
  public var httpOnly: Bool
  /// The `SameSite` attribute; `nil` leaves it out.
  public var sameSite: String?

  public init(
    name: String = "io", path: String = "/", httpOnly: Bool = true, sameSite: String? = "Lax"
  ) {
    self.name = name
    self.path = path
    self.httpOnly = httpOnly
    self.sameSite = sameSite
  }

  /// The value of `Set-Cookie`.
  func header(sid: String) -> String {
    "\(name)=\(sid); Path=\(path)" + (httpOnly ? "; HttpOnly" : "")
      + (sameSite.map { "; SameSite=\($0)" } ?? "")
  }
}
