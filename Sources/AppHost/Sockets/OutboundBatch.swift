// Packets of one turn for the members of one topic. Their frames are joined once, so that a member
// takes one reference for all of them; who needs a packet in another form gets them one by one.

import NIOCore
import PubSub
import RealtimeProtocol

/// Packets in the order in which the members of a topic on one event loop get them.
struct OutboundBatch {
  private var forms: [OutboundForms] = []
  private var joined: ByteBuffer?
  private var joinedWithPositions: ByteBuffer?
  /// Whether all of them wait for a client that cannot take them.
  private var allWait = true
  private var numbered = 0

  /// What the packets weigh, about.
  private(set) var bytes = 0

  var count: Int { forms.count }
  var isEmpty: Bool { forms.isEmpty }

  mutating func append(_ packet: Outbound) {
    forms.append(OutboundForms(packet))
    bytes += packet.text.frame.readableBytes
    allWait = allWait && packet.waits
    if packet.offset != nil { numbered += 1 }
    joined = nil
    joinedWithPositions = nil
  }

  /// Calls `body` with the packets from the one at `first` on.
  mutating func withEach(from first: Int = 0, _ body: (inout OutboundForms) -> Void) {
    for index in forms.indices.dropFirst(first) { body(&forms[index]) }
  }

  /// The number that a client has behind all packets; nil if they have none.
  var lastOffset: Position? { forms.last?.packet.offset }

  /// All packets as the WebSocket frames of Engine.IO messages; nil if they are to be sent one by
  /// one, because some are not for a slow client, or would be taken for numbered.
  ///
  /// - Parameters:
  ///   - isNumbered: whether the client has been sent a number before.
  ///   - withPositions: publications are told with their positions.
  ///   - isReady: whether the client takes all of them.
  mutating func frames(
    isNumbered: Bool, withPositions: Bool, isReady: @autoclosure () -> Bool = false
  ) -> ByteBuffer? {
    let isUniform = numbered == forms.count || (numbered == 0 && !isNumbered)
    guard allWait || isReady(), isUniform else { return nil }
    if let made = withPositions ? joinedWithPositions : joined { return made }
    var made: ByteBuffer?
    withEach { forms in
      let positioned = withPositions ? forms.packet.publication.map { forms.positioned($0) } : nil
      (positioned ?? forms.packet).write(to: &made)
    }
    if withPositions { joinedWithPositions = made } else { joined = made }
    return made
  }
}

extension Outbound {
  /// Appends its frames; the first of all is shared, not copied.
  fileprivate func write(to buffer: inout ByteBuffer?) {
    for message in [text] + attachments {
      if buffer?.writeImmutableBuffer(message.frame) == nil { buffer = message.frame }
    }
  }
}
