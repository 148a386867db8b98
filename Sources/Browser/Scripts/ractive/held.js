// A model's document as the page shows it, with the places where the page is ahead of the server.
// A hold is such a place: the document shows the person's value there, and the hold, a holder
// itself, keeps the confirmed one. Patches to a held place change the hold alone; patches around
// it take its path along. Channels drive it. Pure: no clock, no channel, no DOM.

/** With more changed places than this, everything is told as changed. */
const MOST_TOUCHED = 256;

class HeldDocument {
  /** The holds, each `{ path, value, document }`: where, what is shown, what is confirmed. */
  holds = [];
  #shown;
  #touched = new Map();

  constructor(document) {
    this.#shown = { document };
  }

  /** The document with the held values in place. */
  get document() {
    return this.#shown.document;
  }

  /**
   * Applies a patch. Holds stay where the rows that they lie in are the same ones. Throws when it does
   * not fit; only a reset makes the document whole then.
   */
  apply(operations) {
    this.#amongRows(() => this.#apply(operations));
  }

  #apply(operations) {
    for (const { op, path, from, value } of operations) {
      const target = keysOfPointer(path);
      if (op === "move") this.#move(keysOfPointer(from), target);
      else if (/^(add|remove|replace)$/.test(op)) this.#edit(op, target, value);
      else throw new Error(`patches know no "${op}"`);
    }
  }

  /** Takes a whole new document. Holds stay where the rows that they lie in are the same ones. */
  reset(document) {
    this.#amongRows(() => this.#edit("add", [], document));
  }

  /** Shows a value before the server has it; a place that is not there is left alone. */
  hold(path, value) {
    const known = this.#heldWithin(path).find((hold) => hold.path.length === path.length);
    if (known) {
      known.value = value;
      applyAt(this.#shown, "replace", path, value);
      this.#touch(path, false);
      return known;
    }
    for (const inner of this.#heldWithin(path)) this.release(inner);
    const hold = { path: [...path], value };
    this.#keep(hold);
    return hold;
  }

  isHeld(hold) {
    return this.holds.includes(hold);
  }

  /** Shows the confirmed value again. */
  release(hold) {
    if (!this.isHeld(hold)) return;
    this.#forget(hold);
    const isGone = hold.document === undefined;
    this.#edit(isGone ? "remove" : "replace", hold.path, hold.document);
  }

  /**
   * The places that changed since the last call, outer ones first: `{ path, isShallow }`.
   * Shallow: elements of a list came, went or moved, and are themselves as they were.
   */
  touched() {
    const touched = [...this.#touched.values()];
    this.#touched.clear();
    return touched.sort((a, b) => a.path.length - b.path.length || b.isShallow - a.isShallow);
  }

  #edit(op, path, value) {
    const hiding = this.holds.find((hold) => this.#hides(hold, op, path));
    if (hiding) return applyAt(hiding, op, path.slice(hiding.path.length), value).before;
    const { before, index } = applyAt(this.#shown, op, path, value);
    if (index < 0) this.#touch(path, false);
    for (const hold of this.#heldWithin(path)) {
      if (index < 0 || op === "remove") this.#forget(hold);
      if (index < 0) this.#keep(hold);
    }
    if (index >= 0) this.#shift(path.slice(0, -1), index, op);
    return before;
  }

  /** What is held within the source goes with it, unless it ends where another hold hides it. */
  #move(source, target) {
    const held = this.#heldWithin(source);
    for (const hold of held) this.release(hold);
    const value = this.#edit("remove", source);
    const isHidden = this.holds.some((hold) => this.#hides(hold, "add", target));
    const list = this.#listAround(target);
    this.#edit("add", target, value);
    if (isHidden) return;
    if (target.at(-1) === "-") target[target.length - 1] = String(list.length - 1);
    for (const hold of held) {
      hold.path.splice(0, source.length, ...target);
      this.#keep(hold);
    }
  }

  /** Elements that come or go move the held place itself; other operations end up in the hold. */
  #hides({ path: held }, op, path) {
    const isMember = held.length < path.length || op === "replace" || !this.#listAround(path);
    return isMember && isWithin(path, held);
  }

  #listAround(path) {
    const outer = path.length ? readAt(this.document, path.slice(0, -1)) : null;
    return Array.isArray(outer) ? outer : null;
  }

  #heldWithin(path) {
    return this.holds.filter((hold) => isWithin(hold.path, path));
  }

  /** Shows the value of a hold and keeps what was there, if there is a free place for it. */
  #keep(hold) {
    const overlaps = ({ path }) => isWithin(path, hold.path) || isWithin(hold.path, path);
    if (this.holds.some(overlaps)) return;
    const op = this.#listAround(hold.path) ? "replace" : "add";
    try {
      hold.document = applyAt(this.#shown, op, hold.path, hold.value).before;
    } catch {
      return;
    }
    this.holds.push(hold);
    this.#touch(hold.path, false);
  }

  #forget(hold) {
    this.holds = this.holds.filter((other) => other !== hold);
  }

  /** Held places follow their row; touched ones within the list are told as the whole list. */
  #shift(list, index, op) {
    const [depth, by] = [list.length, op === "add" ? 1 : -1];
    for (const { path } of this.#heldWithin(list)) {
      if (path[depth] >= index) path[depth] = String(Number(path[depth]) + by);
    }
    for (const [name, { path }] of this.#touched) {
      if (path.length <= depth || !isWithin(path, list)) continue;
      this.#touched.delete(name);
      this.#touch(list, false);
    }
    this.#touch(list, true);
  }

  #touch(path, isShallow) {
    const marks = [...this.#touched.values()];
    const covers = (mark) => mark.path.length < path.length && isWithin(path, mark.path);
    if (marks.some((mark) => !mark.isShallow && covers(mark))) return;
    if (marks.length >= MOST_TOUCHED) {
      this.#touched.clear();
      [path, isShallow] = [[], false];
    }
    this.#touched.set(isShallow + pointerOf(path), { path: [...path], isShallow });
  }

  /** Releases the holds that are in another row after a change: what was typed is not that one's. */
  #amongRows(change) {
    const held = this.holds.map((hold) => [hold, this.#rows(hold.path)]);
    change();
    for (const [hold, rows] of held) if (this.#rows(hold.path) !== rows) this.release(hold);
  }

  /** The ids of the objects that a path leads through, of those that have one. */
  #rows(path) {
    const outer = path.map((_, depth) => readAt(this.document, path.slice(0, depth)));
    return JSON.stringify(outer.map((object) => object?.id).filter((id) => id != null));
  }
}
