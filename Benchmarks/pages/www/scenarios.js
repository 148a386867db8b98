// What is measured, in terms of `window.contender`, which each page defines: `set(rows)`,
// `append(rows)`, `updateTenth()`, `swap()`, `remove(index)`, `clear()`; each resolves when the DOM
// is up to date. `measure(name)` prepares, collects garbage, runs once and answers milliseconds.

const scenarios = {
  "create 1,000": [() => contender.clear(), (rows) => contender.set(rows), 1000],
  "update every tenth": [() => contender.set(makeRows(1000)), () => contender.updateTenth()],
  "swap two": [() => contender.set(makeRows(1000)), () => contender.swap()],
  "remove one": [() => contender.set(makeRows(1000)), () => contender.remove(500)],
  "append 1,000": [() => contender.set(makeRows(1000)), (rows) => contender.append(rows), 1000],
  "clear 10,000": [() => contender.set(makeRows(10000)), () => contender.clear()],
};

const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

window.prepare = async (name) => {
  await contender.clear();
  await scenarios[name][0]();
  await frame();
  window.gc?.();
  await frame();
};

window.perform = async (name) => {
  const [, work, count = 0] = scenarios[name];
  const rows = makeRows(count);
  const start = performance.now();
  await work(rows);
  const took = performance.now() - start;
  await frame();
  return took;
};

window.shown = () =>
  [...document.querySelectorAll("tr")].map((row) => row.textContent.replace(/\s+/g, " ").trim());
