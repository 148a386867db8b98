// The two ways to carry Engine.IO v4 packets: long-polling and WebSocket.
// A packet is text that begins with its type digit, or binary, which is always a message.
// Both have `name`, `writable`, `open()`, `send(packets)` and `close()`, and report to whoever sets
// `onopen` (WebSocket only), `onpacket(packet)`, `ondrain` and `onclose(error?)`. The engine alone
// uses them; neither knows what a packet means.

const SEPARATOR = "\x1e";

/** A failure of a transport, with the names that pages written for Socket.IO look at. */
function transportError(message, description) {
  return Object.assign(new Error(message), { type: "TransportError", description });
}

async function toBase64(binary) {
  const buffer = binary instanceof Blob ? await binary.arrayBuffer() : binary;
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}

class Transport {
  writable = false;
  closed = false;
  onopen = () => {};
  onpacket = () => {};
  ondrain = () => {};
  onclose = () => {};

  /** `address()` answers the URL of the next request, with the session's id once there is one. */
  constructor(name, address) {
    this.name = name;
    this.address = address;
  }

  finish(error) {
    if (this.closed) return;
    this.closed = true;
    this.writable = false;
    this.onclose(error);
  }

  /** Ends without a word to `onclose`. */
  close() {
    this.closed = true;
    this.writable = false;
  }
}

class PollingTransport extends Transport {
  #headers;
  #credentials;
  #abort = new AbortController();
  #inFlight = 0;
  #paused = null;

  constructor(address, options) {
    super("polling", address);
    this.#headers = options.extraHeaders || {};
    this.#credentials = options.withCredentials ? "include" : "same-origin";
  }

  async open() {
    await this.#poll(() => (this.writable = true));
    while (!this.closed && !this.#paused) await this.#poll();
  }

  async send(packets) {
    this.writable = false;
    const encoded = packets.map(async (packet) =>
      typeof packet === "string" ? packet : `b${await toBase64(packet)}`
    );
    const body = Promise.all(encoded).then((parts) => parts.join(SEPARATOR));
    await this.#exchange("xhr post error", body, () => (this.writable = true));
    if (this.writable) this.ondrain();
  }

  /** Resolves when nothing is in flight; then the session may move to another transport. */
  pause() {
    return new Promise((resolve) => {
      this.#paused = resolve;
      this.#settle();
    });
  }

  /** Says goodbye with a last request, which outlives the page. */
  close() {
    if (this.closed) return;
    super.close();
    const leave = () => this.#abort.abort();
    this.#request("1", { keepalive: true }).then(leave, leave);
  }

  #poll(prepare = () => {}) {
    return this.#exchange("xhr poll error", undefined, (answer) => {
      prepare();
      for (const packet of answer.split(SEPARATOR)) this.#receive(packet);
    });
  }

  #receive(packet) {
    if (this.closed) return;
    if (packet[0] !== "b") return this.onpacket(packet);
    try {
      packet = fromBase64(packet.slice(1));
    } catch {
      packet = "";
    }
    this.onpacket(packet);
  }

  /** One request up to the use of its answer; a failure ends the transport. */
  async #exchange(failure, body, use) {
    this.#inFlight += 1;
    try {
      const answer = await this.#request(await body);
      if (!this.closed) use(answer);
    } catch (error) {
      this.finish(transportError(failure, error.status || error));
    }
    this.#inFlight -= 1;
    this.#settle();
  }

  async #request(body, more) {
    const response = await fetch(this.address(), {
      method: body === undefined ? "GET" : "POST",
      body,
      cache: "no-store",
      credentials: this.#credentials,
      headers: { ...(body && { "Content-Type": "text/plain;charset=UTF-8" }), ...this.#headers },
      signal: this.#abort.signal,
      ...more,
    });
    if (!response.ok) throw response;
    return response.text();
  }

  #settle() {
    if (this.#paused && this.#inFlight === 0) this.#paused();
  }
}

class WebSocketTransport extends Transport {
  #protocols;
  #socket = null;

  constructor(address, options) {
    super("websocket", () => address().replace(/^http/, "ws"));
    this.#protocols = options.protocols || [];
  }

  /** Volatile packets are dropped while earlier bytes still wait to leave this machine. */
  get congested() {
    return this.#socket.bufferedAmount > 0;
  }

  async open() {
    const socket = (this.#socket = new WebSocket(this.address(), this.#protocols));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.writable = !this.closed;
      if (this.closed) socket.close();
      else this.onopen();
    };
    socket.onmessage = (event) => this.closed || this.onpacket(event.data);
    socket.onerror = () => this.finish(transportError("websocket error"));
    socket.onclose = () => this.finish();
  }

  send(packets) {
    for (const packet of packets) this.#socket.send(packet);
  }

  close() {
    if (!this.closed && this.#socket) this.#socket.close();
    super.close();
  }
}
