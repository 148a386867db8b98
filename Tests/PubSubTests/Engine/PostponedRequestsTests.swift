import NIOCore
import Testing

@testable import PubSub

@Suite("Postponed requests")
struct PostponedRequestsTests {
  private var requests = PostponedRequests()

  private func subscribing(_ channel: String) -> EngineRequests.Request {
    .subscribe(.init(pattern: .exactly(channel)) { _ in })
  }

  private func recovering(_ channel: String, until deadline: NIODeadline) -> EngineRequests.Request
  {
    let request = EngineRecoveryRequest(channel: channel, since: nil, limits: nil)
    return .recover(.init(request: request, deadline: deadline) { _ in })
  }

  private mutating func add(
    _ request: EngineRequests.Request, subscribed: Set<ChannelPattern> = []
  ) -> [EngineRequests.Subscribing] {
    requests.add(request, isSubscribed: subscribed.contains)
  }

  @Test("do not grow when clients come and go")
  mutating func churn() {
    for number in 0..<1_000 {
      let user = ChannelPattern.exactly("user.\(number)")
      #expect(add(subscribing(user.text)).isEmpty)
      #expect(add(.unsubscribe(user)).map(\.pattern) == [user])
    }
    #expect(requests.subscriptions(100).isEmpty)
    #expect(requests.unsubscriptions.isEmpty)
  }

  @Test("subscribe to what was left and is wanted again, after it was left")
  mutating func wantedAgain() {
    _ = add(.unsubscribe(.exactly("news")), subscribed: [.exactly("news")])
    _ = add(subscribing("news"))
    _ = add(subscribing("news"))
    #expect(requests.unsubscriptions == [.exactly("news")])
    requests.unsubscribed()
    #expect(requests.subscriptions(10) == [.exactly("news")])
    #expect(requests.subscribed(to: [.exactly("news")]).count == 2)
    #expect(requests.subscriptions(10).isEmpty && requests.unsubscriptions.isEmpty)
  }

  @Test("take some at a time and keep what is not carried out")
  mutating func some() {
    for number in 0..<5 { _ = add(subscribing("\(number)")) }
    let first = requests.subscriptions(2)
    #expect(first.count == 2)
    #expect(Set(requests.subscriptions(2)) == Set(first))
    _ = requests.subscribed(to: first)
    #expect(requests.subscriptions(10).count == 3)
  }

  @Test("give up the recoveries whose time is over, and those only")
  mutating func expiry() {
    let now = NIODeadline.uptimeNanoseconds(1_000)
    _ = add(recovering("old", until: now))
    _ = add(recovering("new", until: now + .seconds(1)))
    _ = add(subscribing("news"))
    #expect(requests.expire(now: now).map(\.request.channel) == ["old"])
    #expect(requests.recoveries(10).map(\.request.channel) == ["new"])
    requests.recovered(1)
    #expect(requests.recoveries(10).isEmpty)
    #expect(requests.subscriptions(10) == [.exactly("news")])
  }
}
