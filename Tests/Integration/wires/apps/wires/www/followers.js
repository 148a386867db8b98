// Followers of one channel in a page: each comes back by itself with the position that it had, and
// records all it hears. The tests read `followers` and start them by `follow(name, channel)`.

clients.perigee = window.io;

const SOON = { reconnectionDelay: 100, reconnectionDelayMax: 300, forceNew: true };

class PageFollower {
  heard = [];
  positions = [];
  position = "";
  losses = 0;
  unrecovered = 0;
  failure = "";
  ready = new Promise((resolve) => (this.subscribed = resolve));

  granted({ position, recovered }) {
    if (this.position && !recovered) this.unrecovered += 1;
    this.position ||= position;
    this.subscribed();
  }

  take(data, position) {
    this.position = position;
    this.positions.push(position);
    this.heard.push(data);
  }
}

function followSocketIO(follower, io, transports, channel) {
  const socket = io("/wires", { ...SOON, transports });
  socket.on("connect", () => {
    const { position } = follower;
    socket.emit("subscribe", { channel, position }, (answer) => follower.granted(answer));
  });
  for (const loss of ["disconnect", "connect_error"]) socket.on(loss, () => (follower.losses += 1));
  socket.on("pubblication", (data, { position }) => follower.take(data, position));
  socket.on("error", (...args) => (follower.failure = JSON.stringify(args)));
}

function followEvents(follower, channel) {
  const query = new URLSearchParams({ channel, last_event_id: follower.position });
  const source = new EventSource(`/wires/events?${query}`);
  source.onerror = () => {
    follower.losses += 1;
    // A response whose head was cut off looks like one of another type: the browser gives up.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => followEvents(follower, channel), SOON.reconnectionDelay);
    }
  };
  source.onmessage = ({ data, lastEventId }) => {
    const frame = JSON.parse(data);
    if (frame.subscribed) follower.granted(frame.subscribed);
    else if (frame.position) follower.take(frame.data, lastEventId);
  };
}

const KINDS = {
  "EventSource": followEvents,
  "official, websocket": (follower, channel) =>
    followSocketIO(follower, clients.official, ["websocket"], channel),
  "official, upgraded": (follower, channel) =>
    followSocketIO(follower, clients.official, ["polling", "websocket"], channel),
  "perigee, websocket": (follower, channel) =>
    followSocketIO(follower, clients.perigee, ["websocket"], channel),
};

window.followers = {};

/** Starts a follower; resolves when it is subscribed. */
window.follow = (kind, channel) => {
  const follower = (followers[kind] = new PageFollower());
  KINDS[kind](follower, channel);
  return follower.ready;
};

/** What each follower has recorded, without the recording itself. */
window.progress = () =>
  Object.entries(followers).map(([kind, { heard, losses, unrecovered, failure }]) =>
    [kind, { count: heard.length, losses, unrecovered, failure }]);
