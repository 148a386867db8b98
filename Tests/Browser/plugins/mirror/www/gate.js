// Changes the model at the one moment of the page's start that `?at=` names, before anything else
// can happen: the request that does it is synchronous.
const at = new URLSearchParams(location.search).get("at");
const seed = new URLSearchParams(location.search).get("seed");

function pass(moment) {
  if (moment !== at) return;
  const request = new XMLHttpRequest();
  request.open("POST", `/mirror/mutate?seed=${seed}`, false);
  request.send();
}

function guard(socket) {
  const { emit } = socket;
  socket.emit = function (event, ...args) {
    if (event !== "subscribe") return emit.call(this, event, ...args);
    pass("before subscribing");
    const answered = args.pop();
    const result = emit.call(this, event, ...args, (...answer) => {
      pass("before the answer is read");
      answered(...answer);
      pass("after the answer is read");
    });
    pass("after subscribing");
    return result;
  };
  return socket;
}

for (const element of document.querySelectorAll("#mirror section")) element.served = true;
pass("before the scripts");
let real;
Object.defineProperty(window, "io", {
  configurable: true,
  get: () => real,
  set(io) {
    pass("before connecting");
    real = Object.assign((...args) => guard(io(...args)), io);
  },
});
