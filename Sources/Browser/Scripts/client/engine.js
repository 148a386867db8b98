// One Engine.IO v4 session: handshake, heartbeat, the move from polling to WebSocket, the end.
// The manager makes one for each connection and throws it away afterwards. It fires `open`,
// `message(data)`, `ping`, `upgrade(transport)`, `error(error)` when it never opened, and
// `close(reason, details)` once when it ends after it had opened.

const ENGINE_PROTOCOL = 4;
const TRANSPORTS = { polling: PollingTransport, websocket: WebSocketTransport };

class Engine extends Emitter {
  id = undefined;
  transport = null;
  #state = "opening";
  #url;
  #options;
  #candidates;
  #queue = [];
  #began = Date.now().toString(36);
  #requests = 0;
  #upgrading = false;
  #maxPayload = Infinity;
  #patience = Infinity;
  #deadline = Infinity;
  #heartbeat = 0;
  #page = new AbortController();

  /** `url` is that of the endpoint, without a query. */
  constructor(url, options) {
    super();
    this.#url = url;
    this.#options = options;
    this.#candidates = options.transports.filter((name) => name in TRANSPORTS);
  }

  open() {
    this.#watchPage();
    this.#connect();
  }

  /** True when nothing waits and the transport takes bytes now: what a volatile packet needs. */
  get writable() {
    const idle = this.#state === "open" && !this.#upgrading && !this.#queue.length;
    return idle && this.transport.writable && !this.transport.congested;
  }

  /** True when the server has been silent too long, even if a suspended timer has yet to notice. */
  get stale() {
    return Date.now() > this.#deadline;
  }

  /** Sends messages in order: text without its Engine.IO type, or binary. */
  write(messages) {
    if (this.#state !== "open" && this.#state !== "opening") return;
    for (const message of messages) {
      this.#queue.push(typeof message === "string" ? `4${message}` : message);
    }
    this.#flush();
  }

  /** Ends the session after everything that was written has left. */
  close() {
    if (this.#state === "opening") this.end("forced close");
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#flush();
  }

  /** Ends the session at once. */
  end(reason, details) {
    if (this.#state === "closed") return;
    const wasOpen = this.#state !== "opening";
    this.#state = "closed";
    clearTimeout(this.#heartbeat);
    this.#page.abort();
    this.#queue = [];
    if (this.transport) this.transport.close();
    if (wasOpen) this.fire("close", reason, details);
    else this.fire("error", details instanceof Error ? details : new Error(reason));
  }

  #connect() {
    const name = this.#candidates.shift();
    const fail = (error) => this.end("transport error", error);
    if (!name) return queueMicrotask(() => fail(new Error("No transports available")));
    this.#use(this.#transport(name));
    this.transport.open().catch(fail);
  }

  #transport(name) {
    const { query } = this.#options;
    const address = () => {
      const parameters = new URLSearchParams(query);
      parameters.set("EIO", ENGINE_PROTOCOL);
      parameters.set("transport", name);
      if (this.id) parameters.set("sid", this.id);
      if (name === "polling") parameters.set("t", this.#stamp());
      return `${this.#url}?${parameters}`;
    };
    return new TRANSPORTS[name](address, this.#options);
  }

  /** Tells requests apart: a browser repeats one by itself when its connection breaks. */
  #stamp() {
    this.#requests += 1;
    return `${this.#began}.${this.#requests}`;
  }

  #use(transport) {
    this.transport = transport;
    transport.onpacket = (packet) => this.#receive(packet);
    transport.ondrain = () => this.#flush();
    transport.onclose = (error) => this.#lost(error);
  }

  #lost(error) {
    const another = this.#options.tryAllTransports && this.#candidates.length > 0;
    if (this.#state === "opening" && another) this.#connect();
    else if (this.#state === "closing") this.end("forced close");
    else this.end(error ? "transport error" : "transport close", error);
  }

  #receive(packet) {
    if (this.#state === "closed") return;
    if (this.#state === "opening") return this.#open(packet);
    if (typeof packet !== "string") return this.fire("message", packet);
    switch (packet[0]) {
      case "1":
        return this.transport.finish();
      case "2":
        return this.#pong(packet);
      case "4":
        return this.fire("message", packet.slice(1));
      case "6":
        return undefined;
      default:
        return this.end("parse error");
    }
  }

  #open(packet) {
    let handshake;
    try {
      if (packet[0] !== "0") throw new Error("the first packet is no handshake");
      handshake = JSON.parse(packet.slice(1));
      if (typeof handshake.sid !== "string") throw new Error("a handshake without sid");
    } catch (error) {
      return this.end("parse error", error);
    }
    this.id = handshake.sid;
    this.#state = "open";
    this.#maxPayload = handshake.maxPayload || Infinity;
    this.#patience = handshake.pingInterval + handshake.pingTimeout || Infinity;
    this.#expectPing();
    this.fire("open");
    this.#flush();
    if (this.#state === "open" && this.#canUpgrade(handshake.upgrades)) this.#upgrade();
  }

  #canUpgrade(offered) {
    return (
      this.#options.upgrade &&
      this.transport.name === "polling" &&
      Array.isArray(offered) &&
      offered.includes("websocket") &&
      this.#options.transports.includes("websocket")
    );
  }

  /** Tries a WebSocket beside polling; moves there once it has answered and polls have ended. */
  #upgrade() {
    const probe = this.#transport("websocket");
    probe.onopen = () => probe.send(["2probe"]);
    probe.onpacket = async (packet) => {
      if (packet !== "3probe" || this.#upgrading) return probe.close();
      this.#upgrading = true;
      await this.transport.pause();
      if (this.#state === "closed") return probe.close();
      this.#upgrading = false;
      this.#use(probe);
      if (probe.closed) return this.#lost(transportError("websocket error"));
      probe.send(["5"]);
      this.fire("upgrade", probe);
      this.#flush();
    };
    this.on("close", () => probe.close());
    probe.open().catch(() => probe.close());
  }

  #pong(packet) {
    this.#queue.push(`3${packet.slice(1)}`);
    this.#flush();
    this.#expectPing();
    this.fire("ping");
  }

  #expectPing() {
    clearTimeout(this.#heartbeat);
    this.#deadline = Date.now() + this.#patience;
    if (this.#patience === Infinity) return;
    this.#heartbeat = setTimeout(() => this.end("ping timeout"), this.#patience);
  }

  #flush() {
    const { transport } = this;
    if (this.#upgrading || !transport || !transport.writable || !this.id) return;
    if (this.#queue.length) transport.send(this.#queue.splice(0, this.#batch()));
    else if (this.#state === "closing") this.end("forced close");
    if (this.#state === "closing" && transport.writable) this.#flush();
  }

  /** How many waiting packets fit into one request; a WebSocket has no such limit. */
  #batch() {
    if (this.transport.name !== "polling") return this.#queue.length;
    let size = 0;
    const over = this.#queue.findIndex((packet, index) => {
      size += payloadSize(packet) + 1;
      return index > 0 && size > this.#maxPayload;
    });
    return over < 0 ? this.#queue.length : over;
  }

  /** A page that is left says goodbye; one that returns from the cache finds the session ended. */
  #watchPage() {
    const watch = (event, handler) =>
      addEventListener(event, handler, { signal: this.#page.signal });
    watch("pagehide", () => this.transport && this.transport.close());
    watch("pageshow", (event) => event.persisted && this.end("transport close"));
    watch("offline", () => this.end("transport close", new Error("network connection lost")));
  }
}

function payloadSize(packet) {
  if (typeof packet !== "string") return Math.ceil((packet.byteLength || packet.size || 0) * 1.34);
  return packet.length * 3 > 0x400 ? new Blob([packet]).size : packet.length * 3;
}
