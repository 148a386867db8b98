// What event streams and polls have in common: the request names channels, which are subscribed to one
// after the other before there is any response, so that a refusal is an HTTP status.

import NIOCore
import RealtimeProtocol
import Transport

/// A session that begins with the channels of its request.
// @unchecked: mutable state is touched on `context.eventLoop` only.
class ChannelSession: PlainSession, @unchecked Sendable {
  /// Something for the client, in the form of its wire.
  struct Frame {
    let json: ByteBuffer
    /// The client's positions behind it; nil if it does not change them.
    let positions: String?
    /// Whether it is about a subscription, and no news.
    var isNotice = false
  }

  private var wanted: ArraySlice<ChannelQuery>
  private(set) var positions: ChannelPositions
  private(set) var isRecovered = true
  /// The values of models whose channels have been granted, JSON text by channel.
  private(set) var snapshots: [(channel: String, value: String)] = []
  private(set) var isReady = false
  /// What came before all channels were granted.
  private(set) var early: [Frame] = []
  private var earlyBytes = 0
  private(set) var socketID = ""

  override init(_ client: PlainClient, services: PlainServices) {
    let channels = client.channels
    wanted = channels[...]
    positions = ChannelPositions(channels)
    super.init(client, services: services)
  }

  /// All channels have been granted; ``early`` is to be sent.
  func ready() {}
  /// A frame for the client once it is ready.
  func deliver(_ frame: Frame) {}
  /// A packet for the client once it is ready.
  func deliver(_ forms: inout OutboundForms) { deliver(frame(of: &forms)) }

  override func quiesce() { end(.serverShuttingDown) }

  override func opened(_ acceptance: Acceptance) {
    socketID = acceptance.id
    subscribe()
  }

  private func subscribe() {
    guard let query = wanted.popFirst() else {
      isReady = true
      wanted = []
      ready()
      early = []
      while takesNewest, sendKept() {}
      return
    }
    dispatch(ByteBuffer(string: query.event)) { [weak self] answer in
      guard let self, case .failure(let error) = answer, socket != nil else { return }
      refused(error)
      end(.forcedServerClose)
    }
  }

  override func subscribed(_ socket: Socket, _ subscription: Subscription) {
    if !isReady {
      positions.grant(subscription)
      isRecovered = isRecovered && subscription.isRecovered
      if let value = subscription.snapshot { snapshots.append((subscription.channel, value)) }
    }
    emit(
      Frame(
        json: PlainFrame.subscribed(subscription), positions: positions.text, isNotice: true))
    for packet in subscription.missed {
      var forms = OutboundForms(packet)
      take(&forms)
    }
    if !isReady { subscribe() }
  }

  /// Nothing of which the newest counts waits with what came early.
  override var takesNewest: Bool { isReady }

  override func sendNewest(_ packet: Outbound, to socket: Socket) {
    var forms = OutboundForms(packet)
    deliver(&forms)
  }

  override func hasRoom(for bytes: Int) -> Bool {
    earlyBytes + keptBytes + bytes <= services.maxBufferedBytes
  }

  override func cutOff() { end(.slowConsumer) }

  override func write(_ forms: inout OutboundForms) {
    if keepsBack(forms.packet) { return }
    if !isReady {
      // While the app takes its time with one channel, the others go on.
      earlyBytes += forms.frame().readableBytes
      guard earlyBytes <= services.maxBufferedBytes else { return end(.slowConsumer) }
    }
    take(&forms)
  }

  private func take(_ forms: inout OutboundForms) {
    if isReady { deliver(&forms) } else { early.append(frame(of: &forms)) }
  }

  private func emit(_ frame: Frame) {
    if isReady { deliver(frame) } else { early.append(frame) }
  }

  /// The frame of a packet; a publication moves the client's positions on.
  func frame(of forms: inout OutboundForms) -> Frame {
    let isAsked = forms.packet.publication.map { positions.move(to: $0) } ?? false
    return Frame(json: forms.frame(), positions: isAsked ? positions.text : nil)
  }
}
