// A stand-in for `io` and for the server behind it: models with a history, and handlers that tests
// set. Everything that is emitted is recorded; answers come in a task of their own, as on a wire,
// unless a test holds them back with `fake.holdsAnswers`.
(() => {
  const fake = {
    sockets: {},
    models: {},
    handlers: {},
    sent: [],
    holdsAnswers: false,
    startsConnected: true,
  };

  class FakeSocket {
    ids = 0;
    active = true;
    connected = false;
    #listeners = {};
    #acks = new Map();

    constructor(namespace) {
      this.namespace = namespace;
      if (fake.startsConnected) setTimeout(() => this.open());
    }

    on(event, listener) {
      (this.#listeners[event] ||= []).push(listener);
      return this;
    }

    timeout(limit) {
      this.limit = limit;
      return this;
    }

    connect() {
      this.active = true;
      if (fake.startsConnected && !this.connected) setTimeout(() => this.open());
    }

    disconnect() {
      this.active = false;
      if (this.connected) this.drop();
    }

    emit(event, ...args) {
      const record = { event, args: structuredClone(args.slice(0, -1)), id: this.ids };
      this.#acks.set(this.ids, args.at(-1));
      this.ids += 1;
      fake.sent.push(record);
      record.answer = (...values) => this.#settle(record.id, [null, ...structuredClone(values)]);
      record.expire = () => this.#settle(record.id, [new Error("operation has timed out")]);
      record.refuse = (name, message, data) =>
        this.receive("error", name, message, { event, ack: record.id, ...data });
      if (!fake.holdsAnswers) setTimeout(() => this.connected && fake.handle(record));
      return this;
    }

    receive(event, ...args) {
      for (const listener of this.#listeners[event] || []) listener(...structuredClone(args));
    }

    open() {
      if (this.connected || !this.active) return;
      this.connected = true;
      this.id = `socket-${Math.random()}`;
      this.receive("connect");
    }

    drop() {
      this.connected = false;
      this.id = undefined;
      this.receive("disconnect", "transport close");
      for (const id of [...this.#acks.keys()]) this.#settle(id, [new Error("disconnected")]);
    }

    #settle(id, args) {
      const ack = this.#acks.get(id);
      this.#acks.delete(id);
      if (ack) ack(...args);
    }
  }

  /** Puts a model where pages can subscribe to it. */
  fake.model = (name, document, namespace = "/app") => {
    fake.models[name] = { document, namespace, epoch: "epochone", offset: 0, history: [] };
  };

  fake.position = (name) => `${fake.models[name].epoch}:${fake.models[name].offset}`;

  /** Publishes a patch; `document` is the model after it. Pages that are away miss it. */
  fake.publish = (name, patch, document) => {
    const model = fake.models[name];
    model.offset += 1;
    model.document = structuredClone(document);
    const place = { channel: `model:${name}`, position: fake.position(name) };
    model.history.push([{ patch: structuredClone(patch) }, place]);
    const socket = fake.sockets[model.namespace];
    if (socket && socket.connected) socket.receive("pubblication", { patch }, place);
  };

  fake.subscribe = (record) => {
    const [{ channel, position }, key] = record.args;
    const name = channel.slice("model:".length) + (key === undefined ? "" : `:${key}`);
    const model = fake.models[name];
    if (!model) return record.refuse("channel_not_available", "there is no such model");
    const [epoch, offset] = position.split(":");
    const recovered = epoch === model.epoch;
    const answer = { name: channel, channel: `model:${name}`, position, recovered };
    if (recovered) {
      record.answer(answer);
      const socket = fake.sockets[model.namespace];
      for (const missed of model.history.slice(Number(offset))) {
        socket.receive("pubblication", ...missed);
      }
    } else {
      record.answer({ ...answer, position: fake.position(name), snapshot: model.document });
    }
  };

  fake.handle = (record) => {
    if (record.event === "subscribe") return fake.subscribe(record);
    const handler = fake.handlers[record.event];
    if (!handler) return record.answer();
    handler(record, ...record.args);
  };

  globalThis.fake = fake;
  globalThis.io = (namespace) => (fake.sockets[namespace] = new FakeSocket(namespace));
})();
