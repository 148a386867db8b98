// A whole template: HTML with mustaches, as a tree that both renderers walk. Nothing here is
// rendered. Nodes: text (as in the source), `{ t: "$" }` interpolation, "#" section, ">" partial,
// "<" element, "Y" yield, "D" doctype. Which elements are components is for renderers to see.

const VOID = words("area base br col embed hr img input link meta param source track wbr");
const IMPLIED = Object.fromEntries(
  Object.entries({
    li: "li",
    dt: "dt dd",
    dd: "dt dd",
    td: "td th tr tbody tfoot thead",
    th: "td th tr tbody tfoot thead",
    tr: "tr tbody tfoot thead",
    thead: "tbody tfoot",
    tbody: "tbody tfoot",
    tfoot: "tbody",
    option: "option optgroup",
    optgroup: "optgroup",
    p:
      "address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 " +
      "h5 h6 header hr main nav ol p pre section table ul",
  }).map(([name, next]) => [name, words(next)]),
);

class TemplateParser extends AttributeParser {
  template() {
    const nodes = this.nodes(this.#content(""));
    const { kind, text: name, at } = this.closing;
    if (kind === "<") this.fail(`</${name}> closes nothing`, at);
    if (kind !== "end") this.fail(`{{${kind === "/" ? "/" + name : kind}}} closes nothing`, at);
    return { nodes, partials: this.partials, source: this.source };
  }

  /** The mode for the contents of an element. */
  #content(owner) {
    return { stops: "<", stop: (nodes) => this.#markup(nodes, owner) };
  }

  #markup(nodes, owner) {
    const start = this.at;
    if (this.match(/<!--/y)) this.until("-->", "the comment");
    else if (this.match(/<!/y)) {
      const declared = this.until(">", "<!");
      if (/^doctype/i.test(declared)) nodes.push({ t: "D", text: `<!${declared}>` });
    } else if (this.match(/<\//y)) {
      const name = this.match(/([a-z][\w:.-]*)\s*>/iy)?.[1];
      if (!name) this.fail("expected the name of an element and >");
      this.closing = { kind: "<", text: name, at: start };
    } else return this.#opening(nodes, owner);
    return true;
  }

  #opening(nodes, owner) {
    const start = this.at;
    const name = this.match(/<([a-z][\w:.-]*)/iy)?.[1];
    if (!name) return false;
    if (Object.hasOwn(IMPLIED, owner) && IMPLIED[owner].has(name.toLowerCase())) {
      this.at = start;
      this.closing = { kind: "implied", at: start };
    } else nodes.push(this.#element(name, start));
    return true;
  }

  #element(name, start) {
    const tag = name.toLowerCase();
    const node = { t: "<", name, attrs: this.attributes(name), body: [], empty: VOID.has(tag) };
    const { kind } = this.closing;
    if (!kind.endsWith(">")) this.fail(`the tag <${name} is not closed`, start);
    this.closing = null;
    const source = this.source.slice(start, this.at);
    if (tag === "meta" && /http-equiv/i.test(source) && source.includes(this.open)) {
      this.fail("<meta http-equiv> takes no dynamic attribute", start);
    }
    if (kind === ">" && !node.empty) this.#body(node, tag, start);
    return node;
  }

  #body(node, tag, start) {
    const outer = this.partials;
    if (/^[A-Z]|-/.test(node.name)) node.partials = this.partials = Object.create(null);
    if (/^(?:script|style)$/.test(tag)) node.body = this.#raw(tag, start);
    else if (/^(?:textarea|title)$/.test(tag)) node.body = this.#plainText(tag);
    else node.body = this.nodes(this.#content(tag));
    this.partials = outer;
    const { kind, text: name, at } = this.closing;
    if (kind === "<" && name.toLowerCase() === tag) this.closing = null;
    else if (!Object.hasOwn(IMPLIED, tag)) {
      const found = kind === "<" ? `</${name}> stands at line ${this.line(at)} instead` : "";
      this.fail(`<${node.name}> is not closed; ${found || `it ends with </${node.name}>`}`, start);
    } else if (kind === "implied") this.closing = null;
  }

  /** The text of a script or style, in which nothing is special but its end. */
  #raw(tag, start) {
    const end = new RegExp(`</${tag}(?=[\\s/>])[^>]*>`, "gi");
    end.lastIndex = this.at;
    const found = end.exec(this.source);
    if (!found) this.fail(`<${tag}> is not closed; it ends with </${tag}>`, start);
    const body = this.source.slice(this.at, found.index);
    this.at = end.lastIndex;
    this.closing = { kind: "<", text: tag, at: found.index };
    return body ? [body] : [];
  }

  #plainText(tag) {
    const end = new RegExp(`</${tag}(?=[\\s/>])[^>]*>`, "iy");
    const stop = (nodes) => {
      const at = this.at;
      if (this.match(end)) this.closing = { kind: "<", text: tag, at };
      else if (this.match(/</y)) append(nodes, "&lt;");
      return true;
    };
    return this.nodes({ stops: "<", stop });
  }
}

/**
 * A template as `{ nodes, partials, source }`; `partials` are its inline ones, by name. `name` is
 * what errors call it. Throws TemplateError.
 */
function parseTemplate(source, { name = "template", delimiters = ["{{", "}}"] } = {}) {
  return new TemplateParser(String(source), name, delimiters).template();
}

const MOST_PARSED = 1000;
const parsed = new Map();

/**
 * The template that a table of partials has under a name, or null. Partials are source text or
 * templates; `indent` comes before each line, as a partial alone on its line asks.
 */
function partialOf(partials, name, indent = "") {
  const found = partials && Object.hasOwn(partials, name) ? partials[name] : null;
  if (!found || (found.nodes && !indent)) return found || null;
  const source = (found.source ?? String(found)).replace(/^(?=.)/gm, indent);
  const { delimiters } = found;
  const key = `${delimiters} ${source}`;
  if (parsed.size > MOST_PARSED) parsed.clear();
  if (!parsed.has(key)) parsed.set(key, parseTemplate(source, { name, delimiters }));
  return parsed.get(key);
}
