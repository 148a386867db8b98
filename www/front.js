// The front page: how it is connected, and how long a ping takes.

import { showConnection } from "/status.js";

const SERVES = 5;

const socket = io("/pingpong");
const distance = document.getElementById("distance");

showConnection(socket, document.getElementById("connection"));
socket.on("connect", () => measure(SERVES, Infinity));

/** The shortest of a few round trips: the first ones also warm the connection up. */
function measure(left, best) {
  const start = performance.now();
  socket.once("pong", () => {
    const shortest = Math.min(best, performance.now() - start);
    distance.textContent = `${shortest.toFixed(1)} ms`;
    if (left > 1) measure(left - 1, shortest);
  });
  socket.emit("ping", { type: "ping" });
}

socket.on("disconnect", () => {
  socket.off("pong");
  distance.textContent = "–";
});
