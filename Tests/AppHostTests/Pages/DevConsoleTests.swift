import Foundation
import NIOCore
import NIOPosix
import Testing
import Transport

@testable import AppHost

@Suite("The developer's console")
struct DevConsoleTests {
  private let console = DevConsole()
  private let loop = MultiThreadedEventLoopGroup.singleton.next()

  private struct Reply: Decodable {
    struct Event: Decodable {
      let kind: String
      let path: String?
      let message: String?
    }
    let revision: Int
    let events: [Event]
  }

  private func ask(since: Int?, app: String?) async throws -> Reply {
    let response = try await console.news(since: since, app: app, on: loop).get()
    guard case .bytes(let body) = response.body else { return Reply(revision: -1, events: []) }
    return try JSONDecoder().decode(Reply.self, from: Data(body.readableBytesView))
  }

  private func error(_ message: String, app: String) -> DevConsole.News {
    var news = DevConsole.News(kind: .error, app: app)
    news.message = message
    return news
  }

  @Test("tells a new page the standing error of its app and no other's")
  func standingErrors() async throws {
    console.publish(error("broken", app: "/a"))
    #expect(try await ask(since: nil, app: "/a").events.map(\.message) == ["broken"])
    #expect(try await ask(since: nil, app: "/b").events.isEmpty)
    console.publish(DevConsole.News(kind: .serving, app: "/a"))
    #expect(try await ask(since: nil, app: "/a").events.isEmpty)
  }

  @Test("wakes a page that waits, and only with news that concern it")
  func waiting() async throws {
    async let reply = ask(since: 0, app: "/a")
    console.publish(error("elsewhere", app: "/b"))
    var news = DevConsole.News(kind: .style, app: nil)
    news.path = "/site.css"
    console.publish(news)
    #expect(try await reply.events.map(\.path) == ["/site.css"])
  }

  @Test("answers at once with what a page has missed")
  func missed() async throws {
    for index in 1...3 { console.publish(error("\(index)", app: "/a")) }
    let reply = try await ask(since: 1, app: "/a")
    #expect(reply.revision == 3)
    #expect(reply.events.map(\.message) == ["2", "3"])
  }
}
