// Arrays that redraw: `push`, `splice` and the other methods that change an array in place are
// patched on each array that an instance shows or hands out, through a prototype in between.
// Instances say where they know an array to be; where it no longer is, is forgotten.

const MUTATORS = ["push", "pop", "shift", "unshift", "splice", "sort", "reverse"];

/** For each patched array: instance → where it may be found. */
const holders = new WeakMap();

const patched = Object.create(Array.prototype);

for (const name of MUTATORS) {
  Object.defineProperty(patched, name, {
    value: function mutate(...args) {
      const result = Array.prototype[name].apply(this, args);
      announce(this);
      return result;
    },
  });
}

/** Tells all instances that hold the array that its members or their order changed. */
const announce = (array) => {
  const known = holders.get(array);
  for (const [ractive, places] of known ?? []) {
    const found = [];
    for (const place of places) {
      const path = typeof place === "string" ? segmentsOf(place) : place.place();
      if (path && readAt(ractive.data, path) === array) found.push([path, MEMBERS, true]);
      else places.delete(place);
    }
    if (ractive.torn) known.delete(ractive);
    else ractive.commit(found.length ? found : [[[], WHOLE, true]]);
  }
};

/**
 * Makes the array's methods redraw the instance. `place` is a keypath or has a method `place()`
 * that answers the segments of one.
 */
const hold = (array, ractive, place) => {
  if (!ractive.modifyArrays || !Object.isExtensible(array)) return;
  if (Object.getPrototypeOf(array) === Array.prototype) Object.setPrototypeOf(array, patched);
  if (!holders.has(array)) holders.set(array, new Map());
  const known = holders.get(array);
  if (!known.has(ractive)) known.set(ractive, new Set());
  known.get(ractive).add(place);
};
