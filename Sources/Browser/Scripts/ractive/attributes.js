// The attributes of an element: static, dynamic, conditional, `class-`, `style-` and `on-`.
// Refuses the places in which no value would be safe.

class AttributeParser extends TagParser {
  /** Reads attributes up to the end of the tag, which is left in `closing`. */
  attributes(element) {
    const stop = (nodes) => {
      const end = this.match(/\s*(\/?>)/y);
      if (end) this.closing = { kind: end[1], at: this.at };
      else if (!this.match(/\s+|\//y)) nodes.push(this.#attribute(element));
      return true;
    };
    return this.nodes({ list: true, stops: { includes: () => true }, stop });
  }

  #attribute(element) {
    const start = this.at;
    const n = this.match(/[^\s"'<>/={]+/y)?.[0];
    if (!n) this.fail(`unexpected ${this.source[start]} among the attributes of <${element}>`);
    const [, prefix, rest] = /^(on|class|style)-(.+)/.exec(n) || [];
    const hasValue = this.match(/\s*=\s*/y);
    if (prefix && !hasValue) this.fail(`${n} needs a value`);
    if (prefix === "on") return { on: rest.split("-"), ...this.#quoted((end) => this.#event(end)) };
    if (prefix === "class") return { c: rest, x: this.#quoted((end) => this.#expression(end)) };
    const parts = hasValue ? this.#parts() : [];
    if (prefix) {
      return { s: rest.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`), v: parts };
    }
    if (!parts.some((part) => part.t)) return { n, v: hasValue ? parts.join("") : null };
    const why = refusal(element.toLowerCase(), n.toLowerCase());
    if (why) this.fail(why, start);
    return { n, v: parts };
  }

  /** Reads text and mustaches up to the end of the value. */
  #parts() {
    const quote = this.match(/["']/y)?.[0];
    const end = () => (this.closing = { kind: "value", at: this.at });
    const parts = this.nodes({ stops: quote || " \t\r\n\f\"'=<>`", stop: end });
    if (this.closing.kind === "value") this.closing = null;
    else if (quote) this.fail("the value is not closed", this.closing.at);
    if (quote) this.at++;
    return parts;
  }

  /** Calls `read` with the quote of the value; a value without one is read as if it were all. */
  #quoted(read) {
    const { source, at } = this;
    const quote = this.match(/["']/y)?.[0] || "";
    if (!quote && !this.sees(this.open)) {
      this.match(/[^\s"'=<>`]*/y);
      this.source = source.slice(0, this.at);
      this.at = at;
    }
    const result = read(quote);
    this.source = source;
    if (quote) this.expect(quote);
    return result;
  }

  /** An expression that is the whole value, with mustaches or without. */
  #expression(quote) {
    if (this.take(this.open)) {
      const x = this.value();
      this.expect(this.close);
      return x;
    }
    const { close } = this;
    this.close = quote || "\0";
    const x = this.value();
    this.close = close;
    return x;
  }

  /** `name`, `name: arguments`, `[name, arguments]` or an expression to call. */
  #event(quote) {
    const start = this.at;
    const named = this.match(/\s*[\w.$-]+\s*(?=["':]|$)/y);
    this.at = start;
    if (named || this.sees(this.open)) return this.#proxy(quote);
    const call = this.#expression(quote);
    const [first, ...args] = call.t === "[" ? call.a : [];
    if (!first) return { args: [], call };
    return { fire: first.t === "value" ? text(first.v) : [{ t: "$", x: first }], args };
  }

  #proxy(quote) {
    const fire = this.#until(quote, ":");
    const args = [];
    for (let more = ":"; this.take(more); more = ",") args.push(this.#argument(quote));
    return { fire: fire.some((part) => part.t) ? fire : fire.join(""), args };
  }

  /** Text and mustaches up to the mark or the quote, without white space around. */
  #until(quote, mark) {
    const end = () => (this.closing = { kind: "value", at: this.at });
    this.match(/\s*/y);
    const parts = this.nodes({ stops: quote + mark, stop: end });
    this.closing = null;
    const last = parts.length - 1;
    if (typeof parts[last] === "string" && !(parts[last] = parts[last].trimEnd())) parts.pop();
    return parts;
  }

  /** An argument in the style `name: {{a}}, 'text', 1`; other text stands for itself. */
  #argument(quote) {
    const other = quote === "'" ? '"' : "'";
    this.match(/\s*/y);
    if (!this.sees(this.open) && this.match(new RegExp(`(?=[${other}[{])`, "y"))) {
      return this.#expression(quote);
    }
    const a = this.#until(quote, ",").map((part) => part.x || constant(part));
    if (a.length > 1) return { t: "text", a };
    if (!a.length || a[0].t !== "value") return a[0] || constant("");
    const { v } = a[0];
    if (Object.hasOwn(WORDS, v)) return constant(WORDS[v]);
    return constant(v !== "" && !isNaN(v) ? Number(v) : v);
  }
}
