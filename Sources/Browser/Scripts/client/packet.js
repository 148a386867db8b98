// Socket.IO v5 packets: objects to wire text and binary attachments, and back.
// The manager feeds `PacketDecoder` with whatever the engine receives; anything that is no packet
// throws, and the manager closes the connection. Nothing here keeps state besides a packet that
// still waits for attachments.

const PacketType = Object.freeze({
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
  BINARY_EVENT: 5,
  BINARY_ACK: 6,
});

/** Names that the protocol keeps for itself: refused when emitted, a violation when received. */
const RESERVED_EVENTS = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

function isBinary(value) {
  return (
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    (typeof Blob === "function" && value instanceof Blob)
  );
}

/**
 * The frames of one packet: its text, then its attachments in order.
 * The page's data is left as it is: binary values are replaced while they are written.
 */
function encodePacket({ type, namespace, id, data }) {
  const attachments = [];
  const json =
    data === undefined
      ? ""
      : JSON.stringify(data, (_, value) =>
          isBinary(value) ? { _placeholder: true, num: attachments.push(value) - 1 } : value
        );
  const binary = attachments.length > 0;
  const kind = binary ? type + 3 : type;
  const count = binary ? `${attachments.length}-` : "";
  const place = namespace === "/" ? "" : `${namespace},`;
  return [`${kind}${count}${place}${id === undefined ? "" : id}${json}`, ...attachments];
}

/** type, attachment count, namespace, ack id, JSON: each part but the first may be missing. */
const PACKET = /^([0-6])(?:(\d+)-)?(?:(\/[^,]*)(?:,|$))?(\d+)?([^]*)$/;

class PacketDecoder {
  #waiting = null;

  /**
   * Takes one text or binary message.
   * Returns the packet that it completes, or null while attachments are missing; throws on
   * malformed input.
   */
  decode(message) {
    if (typeof message === "string") {
      if (this.#waiting) throw new Error("text in the middle of a binary packet");
      this.#waiting = parseHead(message);
    } else {
      if (!this.#waiting) throw new Error("binary without a packet that announced it");
      this.#waiting.attachments.push(message);
    }
    if (this.#waiting.attachments.length < this.#waiting.expected) return null;
    const { head, attachments, json } = this.#waiting;
    this.#waiting = null;
    return finish(head, json, attachments);
  }
}

function parseHead(text) {
  const match = PACKET.exec(text);
  if (!match) throw new Error("unknown packet type");
  const [, digit, count, namespace = "/", id, json] = match;
  const type = Number(digit);
  const isBinaryType = type >= PacketType.BINARY_EVENT;
  if (isBinaryType !== (count !== undefined)) throw new Error("illegal attachment count");
  return {
    head: {
      type: isBinaryType ? type - 3 : type,
      namespace,
      id: id === undefined ? undefined : Number(id),
    },
    json,
    expected: Number(count || 0),
    attachments: [],
  };
}

function finish(head, json, attachments) {
  const restore = (_, value) => {
    if (!value || value._placeholder !== true) return value;
    const attachment = Number.isInteger(value.num) ? attachments[value.num] : undefined;
    if (attachment === undefined) throw new Error("illegal attachment number");
    return attachment;
  };
  const data = json ? JSON.parse(json, attachments.length ? restore : undefined) : undefined;
  if (!isValidPayload(head.type, data)) throw new Error("invalid payload");
  return { ...head, data };
}

function isValidPayload(type, data) {
  const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
  switch (type) {
    case PacketType.CONNECT:
      return data === undefined || isObject;
    case PacketType.DISCONNECT:
      return data === undefined;
    case PacketType.CONNECT_ERROR:
      return typeof data === "string" || isObject;
    case PacketType.EVENT:
      return Array.isArray(data) && isEventName(data[0]);
    default:
      return Array.isArray(data);
  }
}

function isEventName(name) {
  return typeof name === "number" || (typeof name === "string" && !RESERVED_EVENTS.has(name));
}
