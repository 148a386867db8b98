// The figures and the log of the ping-pong page.

const LONGEST_LOG = 200;

export class Scoreboard {
  #counts = { pongs: 0, bangs: 0 };
  #times = [];
  #lines = new WeakMap();

  constructor(page) {
    this.page = page;
    this.log = page.getElementById("log");
  }

  /** A rally begins: `{ type }`. */
  served(rally) {
    const line = this.#line(rally.type, rally.type);
    line.took.textContent = "…";
    this.#lines.set(rally, line);
  }

  /** One reply of a rally came: `{ type, left, first, sounds }`. */
  replied(rally) {
    const { what, took } = this.#lines.get(rally);
    const [sound] = rally.sounds;
    const times = rally.sounds.length > 1 ? ` × ${rally.sounds.length}` : "";
    what.textContent = `${rally.type} → ${sound}${times}`;
    if (rally.sounds.length > 1) return;
    took.textContent = milliseconds(rally.first);
    this.#times.push(rally.first);
    this.#show("fastest", milliseconds(Math.min(...this.#times)));
    this.#show("median", milliseconds(median(this.#times)));
  }

  lost(rally) {
    this.#lines.get(rally).took.textContent = "lost with the connection";
  }

  count(sound) {
    const name = sound === "pong" ? "pongs" : "bangs";
    this.#counts[name] += 1;
    this.#show(name, this.#counts[name]);
  }

  note(text) {
    this.#line("note", text);
  }

  #show(id, text) {
    this.page.getElementById(id).textContent = text;
  }

  #line(kind, text) {
    const item = this.page.createElement("li");
    const what = this.page.createElement("span");
    const took = this.page.createElement("span");
    item.dataset.kind = kind;
    what.className = "what";
    took.className = "took";
    what.textContent = text;
    item.append(what, took);
    const hint = this.log.querySelector(".hint");
    if (hint) hint.remove();
    this.log.prepend(item);
    if (this.log.children.length > LONGEST_LOG) this.log.lastElementChild.remove();
    return { what, took };
  }
}

function milliseconds(value) {
  return `${value.toFixed(1)} ms`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
