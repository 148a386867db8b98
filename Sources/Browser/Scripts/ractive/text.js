// Text slots: `{{x}}` is the data of a text node of its own; `{{{x}}}` is HTML before an anchor,
// parsed in a template element. The one place where text becomes HTML: its safety is the author's.

class TextSlot {
  constructor({ value, names }) {
    this.value = value;
    this.names = names;
  }

  mount(block, i) {
    block.nodes[i].data = block.values[i] = text(this.value(block.scope));
  }

  update(block, i) {
    const shown = text(this.value(block.scope));
    if (shown !== block.values[i]) block.nodes[i].data = block.values[i] = shown;
  }

  hydrate(block, i, cursor) {
    const shown = block.values[i] = text(this.value(block.scope));
    block.nodes[i] = cursor.text(shown);
  }
}

class RawSlot {
  constructor({ value, names }, space) {
    this.value = value;
    this.names = names;
    this.space = space;
    this.anchored = true;
  }

  mount(block, i) {
    block.values[i] = { html: "", nodes: [] };
    this.update(block, i);
  }

  update(block, i) {
    const state = block.values[i];
    const html = text(this.value(block.scope));
    if (html === state.html) return;
    state.nodes.forEach((node) => node.remove());
    const parsed = this.parse(html);
    block.values[i] = { html, nodes: [...parsed.childNodes] };
    block.nodes[i].before(parsed);
  }

  parse(html) {
    const name = this.space === SVG ? "svg" : this.space === MATH ? "math" : "";
    holder.innerHTML = name ? `<${name}>${html}</${name}>` : html;
    const { content } = holder;
    if (name) content.firstChild.replaceWith(...content.firstChild.childNodes);
    return document.importNode(content, true);
  }

  hydrate(block, i, cursor) {
    const html = text(this.value(block.scope));
    const nodes = [...this.parse(html).childNodes].map((node) => cursor.same(node));
    block.values[i] = { html, nodes };
    block.nodes[i] = cursor.anchor();
  }
}
