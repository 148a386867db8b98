// The ping-pong page: serves, listens to what comes back, keeps the score.
// Replies come in the order of the serves, so the oldest open rally is the one a reply belongs to.

import { showConnection } from "/status.js";
import { Arena } from "/pingpong/arena.js";
import { Scoreboard } from "/pingpong/scoreboard.js";

const REPLIES = { ping: 1, fireball: 10 };

const socket = io("/pingpong");
const arena = new Arena(document.getElementById("arena"));
const scoreboard = new Scoreboard(document);
const buttons = {
  ping: document.getElementById("ping"),
  fireball: document.getElementById("fireball"),
};
let rallies = [];

showConnection(socket, document.getElementById("connection"));

socket.on("connect", () => enable(true));
socket.on("disconnect", () => {
  enable(false);
  for (const rally of rallies) scoreboard.lost(rally);
  rallies = [];
});
socket.on("pong", receive);
socket.on("error", (name, message) => scoreboard.note(message || name));

for (const [type, button] of Object.entries(buttons)) {
  button.addEventListener("click", () => serve(type));
}

addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const type = { p: "ping", f: "fireball" }[event.key.toLowerCase()];
  if (type) buttons[type].click();
});

function serve(type) {
  const rally = { type, left: REPLIES[type], start: performance.now(), sounds: [] };
  rallies.push(rally);
  scoreboard.served(rally);
  arena.serve(type);
  socket.emit("ping", { type });
}

function receive({ sound }) {
  arena.reply(sound);
  const [rally] = rallies;
  if (!rally) return scoreboard.count(sound);
  rally.sounds.push(sound);
  rally.left -= 1;
  if (rally.sounds.length === 1) rally.first = performance.now() - rally.start;
  if (rally.left === 0) rallies.shift();
  scoreboard.count(sound);
  scoreboard.replied(rally);
}

function enable(ready) {
  for (const button of Object.values(buttons)) button.disabled = !ready;
}
