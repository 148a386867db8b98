// The mustaches of a template: interpolations, sections, partials, comments, delimiters. The same
// for text, attribute values and attribute lists, which differ in their mode: `stops` are the
// characters that mean more than text there, `stop(nodes)` reads what they begin (or answers that
// it is text after all), `list` is true among attributes.

const KEYWORD = /\s*(each|if|unless|with|partial)\s+/y;

/** Adds text to nodes: neighbouring texts are one node. */
function append(nodes, added) {
  const last = nodes.length - 1;
  if (typeof nodes[last] === "string") nodes[last] += added;
  else if (added) nodes.push(added);
}

class TagParser extends ExpressionParser {
  /** What ended the nodes being read and is not one of them: `{ kind, text, at }`, or null. */
  closing = null;
  /** The inline partials of the template, or of the component being read. */
  partials = Object.create(null);
  #plain = {};

  constructor(source, name, delimiters) {
    super(source, name);
    this.#delimit(delimiters);
  }

  #delimit([open, close]) {
    this.open = open;
    this.close = close;
    this.#plain = {};
  }

  /** Reads nodes until something ends them, which is left in `closing`. */
  nodes(mode) {
    return this.nested(() => {
      const nodes = [];
      while (!this.closing) {
        if (this.at >= this.source.length) this.closing = { kind: "end", at: this.at };
        else if (this.sees(this.open)) this.#tag(nodes, mode);
        else if (!mode.stops.includes(this.source[this.at]) || !mode.stop(nodes)) {
          this.#text(nodes, mode);
        }
      }
      return nodes;
    });
  }

  /** Text whose end could make a tag or an entity of the value that follows is sealed off. */
  #text(nodes, { stops }) {
    const special = (stops + this.open[0]).replace(/[^]/g, "\\$&");
    const plain = (this.#plain[stops] ||= new RegExp(`[^${special}]+`, "y"));
    let found = this.match(plain)?.[0] || this.source[this.at++];
    if (this.sees(this.open) || this.sees("<!") || this.at >= this.source.length) {
      found = found.replace(/&(?=#?\w*$)/, "&amp;").replace(/^<$/, "&lt;");
    }
    append(nodes, found);
  }

  #tag(nodes, mode) {
    const start = this.at;
    this.at += this.open.length;
    if (this.sees("{")) return this.#interpolation(nodes, mode, start, "{");
    const sigil = this.match(/\s*([!=#^/>&])/y)?.[1];
    if (sigil === "!") {
      this.until(this.close, "the comment");
      this.#standalone(nodes, start);
    } else if (sigil === "=") this.#delimiters(nodes, start);
    else if (sigil === "#" || sigil === "^") this.#section(nodes, mode, start, sigil);
    else if (sigil === "/") this.#closer(nodes, start, "/", this.until(this.close, "the tag"));
    else if (sigil === ">") this.#partial(nodes, mode, start);
    else if (sigil) this.#interpolation(nodes, mode, start, sigil);
    else this.#named(nodes, mode, start);
  }

  #named(nodes, mode, start) {
    const inner = this.#word(/\s*yield(?:\s+([\w-]+))?/y);
    if (inner) this.#show(nodes, mode, start, { t: "Y", name: inner[1] });
    else if (this.#word(/\s*else/y)) this.#closer(nodes, start, "else");
    else if (this.match(/\s*else\s*if\b/y)) {
      const test = this.value();
      this.#end();
      this.#closer(nodes, start, "else", test);
    } else this.#interpolation(nodes, mode, start, "");
  }

  /** What the pattern matches, when the tag ends right after it. */
  #word(pattern) {
    const before = this.at;
    const found = this.match(pattern);
    if (found && this.take(this.close)) return found;
    this.at = before;
    return null;
  }

  #end() {
    this.expect(this.close);
  }

  /** Takes a tag that is alone on its line for the whole line; answers its indentation. */
  #standalone(nodes, start) {
    let from = start;
    while (/[ \t]/.test(this.source.charAt(from - 1))) from--;
    if ((from && this.source[from - 1] !== "\n") || !this.match(/[ \t]*(?:\r?\n|$)/y)) return "";
    const last = nodes.length - 1;
    if (from < start && typeof nodes[last] === "string") {
      nodes[last] = nodes[last].slice(0, from - start);
      if (!nodes[last]) nodes.pop();
    }
    return this.source.slice(from, start);
  }

  #closer(nodes, start, kind, given = "") {
    this.#standalone(nodes, start);
    this.closing = { kind, text: given, at: start };
  }

  #delimiters(nodes, start) {
    const found = this.match(/\s*([^\s=]+)\s+([^\s=]+)\s*=/y);
    if (!found) this.fail("expected two delimiters and =", start);
    this.#end();
    this.#delimit(found.slice(1));
    this.#standalone(nodes, start);
  }

  #show(nodes, mode, start, node) {
    if (mode.list) this.fail("only sections can stand among attributes", start);
    nodes.push(node);
  }

  #interpolation(nodes, mode, start, sigil) {
    if (sigil === "{") this.at++;
    const x = this.value();
    if (sigil === "{") this.expect("}");
    this.#end();
    this.#show(nodes, mode, start, { t: "$", x, raw: sigil !== "" });
  }

  #partial(nodes, mode, start) {
    const node = { t: ">", name: "", context: null, indent: "" };
    if (this.take("(")) {
      node.name = this.value();
      this.expect(")");
    } else node.name = this.match(/[\w$/.-]+/y)?.[0] || this.fail("expected a partial's name");
    if (!this.take(this.close)) {
      node.context = node.x = this.value();
      this.#end();
    }
    node.indent = this.#standalone(nodes, start);
    this.#show(nodes, mode, start, node);
  }

  #section(nodes, mode, start, sigil) {
    const keyword = sigil === "#" && this.match(KEYWORD)?.[1];
    if (keyword === "partial") return this.#inlinePartial(nodes, mode, start);
    const from = this.at;
    const node = { t: "#", kind: keyword || (sigil === "^" ? "unless" : "section") };
    node.x = this.value();
    const name = this.source.slice(from, this.at).trim();
    node.names = this.#aliases(node);
    this.#end();
    this.#standalone(nodes, start);
    nodes.push(node);
    this.#bodies(node, mode);
    this.#close(keyword || name, name, start);
  }

  /** The contents, and those after each else. */
  #bodies(section, mode) {
    let node = section;
    node.body = this.nodes(mode);
    node.other = null;
    while (this.closing.kind === "else") {
      const { text: test, at } = this.closing;
      if (node.other) this.fail("nothing follows {{else}} but the section's end", at);
      this.closing = null;
      const body = this.nodes(mode);
      const inner = { t: "#", kind: "if", x: test, names: null, body, other: null };
      node.other = test ? [inner] : body;
      if (test) node = inner;
    }
  }

  #close(label, name, start) {
    const { kind, text: given, at } = this.closing;
    if (kind !== "/") this.fail(`{{#${label}}} is not closed; it ends with {{/${label}}}`, start);
    if (!["", label, name].includes(given.trim())) {
      const opened = `{{#${label}}} of line ${this.line(start)}`;
      this.fail(`{{/${given.trim()}}} does not close ${opened}`, at);
    }
    this.closing = null;
  }

  #inlinePartial(nodes, mode, start) {
    const name = this.match(/[\w$/.-]+/y)?.[0] || this.fail("expected a partial's name");
    this.#end();
    this.#standalone(nodes, start);
    const from = this.at;
    const delimiters = [this.open, this.close];
    const body = this.nodes(mode);
    const source = this.source.slice(from, this.closing.at);
    this.#close("partial", name, start);
    this.partials[name] = { nodes: body, partials: this.partials, source, delimiters };
  }

  /** `:key,index`, `as item`, or `as one, expression as two` after a section's expression. */
  #aliases({ kind, x }) {
    const names = Object.create(null);
    const as = () => this.match(/\s*as\s+([\w$]+)/y)?.[1];
    let alias = as();
    if (kind === "with") {
      for (let of = x; alias; alias = as()) {
        names[alias] = aliasOf(of);
        if (!this.take(",")) break;
        of = this.value();
      }
    } else if (alias) names[alias] = ITEM;
    const found = this.match(/\s*:\s*([\w$]+)(?:\s*,\s*([\w$]+))?/y);
    if (found) names[found[1]] = KEY;
    if (found?.[2]) names[found[2]] = POSITION;
    return Object.keys(names).length ? names : null;
  }
}
