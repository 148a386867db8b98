// The chat page: one room, chosen by `?room=`. One's own messages show at once and are confirmed
// when they come back; what is written while the connection is away is sent after rejoining.

import { showConnection } from "/status.js";
import { person } from "/chat/names.js";
import { Messages } from "/chat/messages.js";

const ROOMS = ["lobby", "garden", "observatory"];
const ANSWER_MILLISECONDS = 10000;

const room = new URLSearchParams(location.search).get("room") || ROOMS[0];
const socket = io("/chat");
const messages = new Messages(document.getElementById("messages"));
const people = document.getElementById("people");
const field = document.getElementById("text");
let uid = null;
let waiting = [];

document.title = `#${room} · Chat · Perigee`;
document.getElementById("title").textContent = `# ${room}`;
listRooms();
showConnection(socket, document.getElementById("connection"));

socket.on("connect", join);
socket.on("userid", joined);
socket.on("pubblication", heard);
socket.presence(`room-${room}`).onChange(showPeople);
socket.on("error", (name, message) => messages.note(message || name));
socket.on("disconnect", () => {
  uid = null;
});

document.getElementById("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value;
  field.focus();
  if (!text.trim()) return;
  field.value = "";
  say(text);
});

function join() {
  socket.timeout(ANSWER_MILLISECONDS).emit("subscribe", "room", room, (error) => {
    if (error && socket.connected) messages.note("The room does not answer. Reload to try again.");
  });
}

function joined(assigned) {
  uid = assigned;
  messages.note(`You are ${person(uid).name} in #${room}`);
  socket.emit("enter");
  for (const message of waiting) if (!message.sent) send(message);
}

/** Shows a message at once and sends it as soon as the room knows this window. */
function say(text) {
  const message = { text, sent: false, item: messages.add({ uid, text, own: true }) };
  messages.pending(message.item);
  waiting.push(message);
  if (uid) send(message);
}

function send(message) {
  message.sent = true;
  socket.timeout(ANSWER_MILLISECONDS).emit("user_message", message.text, (error, accepted) => {
    if (accepted === true || !waiting.includes(message)) return;
    waiting = waiting.filter((other) => other !== message);
    messages.fail(message.item, () => say(message.text));
  });
}

function heard({ uid: author, message: text }) {
  const own = author === uid && waiting.find((message) => message.sent && message.text === text);
  if (!own) return messages.add({ uid: author, text, own: author === uid });
  waiting = waiting.filter((message) => message !== own);
  messages.confirm(own.item);
}

/** Says who is in the room: oneself first. */
function showPeople(present) {
  const others = Object.keys(present).filter((key) => key !== uid);
  const names = others.map((key) => person(key).name).sort();
  people.textContent = `Here: ${["you", ...names].join(", ")}`;
}

function listRooms() {
  const names = ROOMS.includes(room) ? ROOMS : [...ROOMS, room];
  for (const name of names) {
    const link = document.createElement("a");
    link.href = `?${new URLSearchParams({ room: name })}`;
    link.textContent = name;
    if (name === room) link.setAttribute("aria-current", "page");
    const item = document.createElement("li");
    item.append(link);
    document.getElementById("rooms").append(item);
  }
}
