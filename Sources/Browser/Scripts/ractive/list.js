// The rows of a list section: which items it shows, in which order, with the least DOM work.
// A row belongs to an item's identity (objects) or value (the first equal one, then the next), or,
// in an object's entries, to the key. Rows are moved, never rebuilt, when their items move.

class List {
  /** `make(id, key)` answers an unrendered block; rows stand before `anchor`. */
  constructor(anchor, make) {
    this.anchor = anchor;
    this.make = make;
    this.rows = [];
    this.ids = [];
  }

  /**
   * Shows the items with these identities. With `reuse`, an item that replaces another at the same
   * place takes over its row. Answers the rows that were there before, now with their new `at`.
   */
  show(next, reuse) {
    const { ids, rows } = this;
    let head = 0;
    let oldEnd = ids.length;
    let newEnd = next.length;
    for (;;) {
      while (head < oldEnd && head < newEnd && ids[head] === next[head]) head++;
      while (oldEnd > head && newEnd > head && ids[oldEnd - 1] === next[newEnd - 1]) {
        oldEnd--;
        newEnd--;
      }
      const swapped = oldEnd - head > 1 && oldEnd === newEnd
        && ids[head] === next[newEnd - 1] && ids[oldEnd - 1] === next[head];
      if (!swapped) break;
      this.swap(head++, --oldEnd);
      newEnd--;
    }
    if (head === oldEnd) {
      if (head < newEnd) this.insert(next, head, newEnd);
    } else if (head === newEnd) {
      this.drop(head, oldEnd);
    } else {
      this.rearrange(next, head, oldEnd, newEnd, reuse);
    }
    this.ids = next;
  }

  /** The first node of the row at the index, or the anchor. */
  before(index) {
    return index < this.rows.length ? this.rows[index].first : this.anchor;
  }

  insert(next, from, to) {
    if (this.cursor) return this.adopt(next);
    const fragment = document.createDocumentFragment();
    const added = [];
    for (let i = from; i < to; i++) {
      const row = this.make(next[i], i);
      fragment.appendChild(row.render());
      added.push(row);
    }
    const anchor = this.before(from);
    anchor.parentNode.insertBefore(fragment, anchor);
    const { rows } = this;
    this.rows = from === rows.length ? rows.concat(added)
      : [...rows.slice(0, from), ...added, ...rows.slice(from)];
  }

  /** Takes over the nodes that the server rendered for the rows, instead of making them. */
  adopt(next) {
    this.rows = next.map((id, i) => this.make(id, i));
    this.rows.forEach((row) => row.hydrate(this.cursor));
  }

  /** Ends the taking over: puts the anchor after the rows, and answers it. */
  settle() {
    this.anchor = this.cursor.anchor();
    this.cursor = null;
    return this.anchor;
  }

  /** Ends components and decorators within the rows; the DOM stays as it is. */
  destroy() {
    if (this.rows[0]?.plan.destroys) this.rows.forEach((row) => row.destroy());
  }

  drop(from, to) {
    const { rows, anchor } = this;
    const gone = rows.splice(from, to - from);
    if (gone.length < 3) return gone.forEach((row) => row.remove());
    if (gone[0].plan.destroys) gone.forEach((row) => row.destroy());
    const { first } = gone[0];
    const end = this.before(from);
    const parent = anchor.parentNode;
    if (!first.previousSibling && end === anchor && !anchor.nextSibling) {
      parent.textContent = "";
      parent.appendChild(anchor);
    } else {
      const range = document.createRange();
      range.setStartBefore(first);
      range.setEndBefore(end);
      range.deleteContents();
    }
  }

  swap(a, b) {
    const { rows } = this;
    const [low, high] = [rows[a], rows[b]];
    const afterHigh = this.before(b + 1);
    if (b === a + 1) {
      high.move(low.first);
    } else {
      const afterLow = this.before(a + 1);
      low.move(afterHigh);
      high.move(afterLow);
    }
    rows[a] = high;
    rows[b] = low;
    [this.ids[a], this.ids[b]] = [this.ids[b], this.ids[a]];
  }

  rearrange(next, head, oldEnd, newEnd, reuse) {
    const { rows, ids } = this;
    const from = sourcesOf(ids, next, head, oldEnd, newEnd);
    const left = new Set();
    for (let i = head; i < oldEnd; i++) left.add(i);
    for (const i of from) left.delete(i);
    if (reuse) {
      for (let j = head; j < newEnd; j++) if (from[j - head] < 0 && left.delete(j)) from[j - head] = j;
    }
    if (left.size === oldEnd - head) {
      this.drop(head, oldEnd);
      return this.insert(next, head, newEnd);
    }
    for (const i of left) rows[i].remove();
    const still = longestRise(from);
    const shown = [];
    let anchor = this.before(oldEnd);
    for (let j = from.length - 1, s = still.length - 1; j >= 0; j--) {
      let row = rows[from[j]];
      if (!row) {
        row = this.make(next[head + j], head + j);
        anchor.parentNode.insertBefore(row.render(), anchor);
      } else if (j === still[s]) {
        s--;
      } else {
        row.move(anchor);
      }
      anchor = row.first;
      shown.push(row);
    }
    this.rows = [...rows.slice(0, head), ...shown.reverse(), ...rows.slice(oldEnd)];
  }
}

/** For each new item its old index, or -1; equal items are taken in their order. */
const sourcesOf = (ids, next, head, oldEnd, newEnd) => {
  const first = new Map();
  const following = [];
  for (let i = oldEnd - 1; i >= head; i--) {
    following[i] = first.get(ids[i]);
    first.set(ids[i], i);
  }
  const from = [];
  for (let j = head; j < newEnd; j++) {
    const i = first.get(next[j]) ?? -1;
    if (i >= 0) first.set(next[j], following[i]);
    from.push(i);
  }
  return from;
};

/** The positions of a longest rising run within `values`, leaving out what is below zero. */
const longestRise = (values) => {
  const tails = [];
  const previous = [];
  values.forEach((value, i) => {
    if (value < 0) return;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]] < value) low = middle + 1;
      else high = middle;
    }
    previous[i] = tails[low - 1];
    tails[low] = i;
  });
  const rise = [];
  for (let i = tails[tails.length - 1]; i !== undefined; i = previous[i]) rise.push(i);
  return rise.reverse();
};
