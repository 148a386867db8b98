// The data of the page benchmark: the same rows, in the same order, for every contender.

const words = (list) => list.split(" ");
const SIZES = words("large small tiny huge pretty plain quaint clean elegant easy angry crazy helpful");
const COLOURS = words("red yellow blue green pink brown purple white black orange");
const THINGS = words("table chair house bbq desk car pony cookie sandwich burger pizza mouse keyboard");

let seed = 1;
let lastId = 0;

function pick(list) {
  seed = (seed * 48271) % 2147483647;
  return list[seed % list.length];
}

window.makeRows = (count) =>
  Array.from({ length: count }, () => ({
    id: ++lastId,
    label: `${pick(SIZES)} ${pick(COLOURS)} ${pick(THINGS)}`,
  }));
