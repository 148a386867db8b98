// Decorators: `as-NAME="arguments"` gives the element to a function of the page's own, which may
// answer `{update, teardown}`. Without `update` it is ended and called anew when arguments change.

class DecoratorSlot {
  constructor({ n, v }) {
    this.name = n.slice(3);
    const given = Array.isArray(v) ? { t: "[", a: v.filter((part) => part.t).map(({ x }) => x) }
      : expressionOf(`[${v ?? ""}]`);
    this.args = compile(given);
    this.names = null;
  }

  mount(block, i) {
    const { scope } = block;
    const decorate = scope.instance.decorators[this.name];
    const args = this.args(scope);
    block.values[i] = { args };
    block.values[i].made = decorate?.call(scope.instance, block.nodes[i], ...args) ?? {};
  }

  update(block, i) {
    const state = block.values[i];
    const args = this.args(block.scope);
    if (args.every((arg, at) => arg === state.args[at] && Object(arg) !== arg)) return;
    state.args = args;
    if (state.made.update) return void state.made.update(...args);
    this.destroy(block, i);
    this.mount(block, i);
  }

  destroy(block, i) {
    block.values[i].made.teardown?.();
  }
}
