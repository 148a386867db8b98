// Reads the plain WebSockets of one loop past their channels, while there is much to read: what a
// channel and the selector of the loop do around a read takes as long as the read. It is a shortcut
// only. Every socket stays registered with its channel, which reads what is left over, and which alone
// finds out that a connection has ended.

import CEpollSystem
import NIOCore
import NIOPosix

/// Which WebSockets of a loop have something to be read. Isolated to that loop.
final class SocketPoll {
  /// Reads of channels after which it is looked for more. A busy loop has so many in one turn.
  private static let busy = 4
  /// For so long WebSockets are read in rounds before the channels have their turn again. What is
  /// executed on the loop comes between the rounds.
  private static let turn = TimeAmount.milliseconds(4)
  /// WebSockets that are read in one round; the others come first in the next.
  private static let most = 32

  private unowned let loop: ServerLoop
  /// Edge-triggered: what a channel reads instead is not told again.
  private let descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
  private var events = [epoll_event](repeating: epoll_event(), count: most)
  private var places: [WebSocketHandler?] = []
  private var freePlaces: [Int] = []
  private var readsOfChannels = 0
  private var turnEnd = NIODeadline.uptimeNanoseconds(0)

  init(loop: ServerLoop) { self.loop = loop }

  deinit { close(descriptor) }

  /// Looks for what a WebSocket has to be read, until `remove(_:)` of the result or the end of its socket.
  func add(_ handler: WebSocketHandler, socket: NIOBSDSocket.Handle) -> Int {
    let place = freePlaces.popLast() ?? places.count
    if place == places.count { places.append(handler) } else { places[place] = handler }
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | EPOLLET.rawValue
    event.data.u64 = UInt64(place)
    // Where that fails, the channel reads alone.
    epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event)
    return place
  }

  /// The next one may get the place while the socket is still there: it reads nothing then.
  func remove(_ place: Int) {
    places[place] = nil
    freePlaces.append(place)
  }

  /// A channel has read a WebSocket.
  func noteRead() {
    readsOfChannels += 1
    guard readsOfChannels == Self.busy else { return }
    turnEnd = .now() + Self.turn
    readSoon()
  }

  private func readSoon() {
    loop.eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.readRound() }
  }

  private func readRound() {
    if NIODeadline.now() < turnEnd && readAll() {
      readSoon()
    } else {
      readsOfChannels = 0
    }
  }

  /// - Returns: whether there was anything.
  private func readAll() -> Bool {
    let count = Int(epoll_wait(descriptor, &events, CInt(Self.most), 0))
    guard count > 0 else { return false }
    for index in 0..<count { places[Int(events[index].data.u64)]?.readDirectly() }
    return true
  }
}
