// The list of messages. It writes text only, never markup, and stays at the newest message unless
// the reader has scrolled away.

import { person } from "/chat/names.js";

const NEAR_END = 80;
const LONGEST_LIST = 500;

export class Messages {
  #list;
  #lastUid = null;

  constructor(list) {
    this.#list = list;
  }

  /** Adds a message; returns its item, which `confirm` and `fail` take. */
  add({ uid, text, own }) {
    const { name, hue } = person(uid);
    const item = document.createElement("li");
    item.className = "message";
    item.classList.toggle("own", own);
    item.classList.toggle("follows", uid === this.#lastUid);
    item.style.setProperty("--hue", hue);
    item.append(paragraph("author", name), paragraph("bubble", text));
    this.#lastUid = uid;
    this.#append(item, own);
    return item;
  }

  /** A line of the room itself: who one is, what went wrong. */
  note(text) {
    const item = document.createElement("li");
    item.className = "note";
    item.textContent = text;
    this.#lastUid = null;
    this.#append(item, false);
  }

  pending(item) {
    item.classList.add("pending");
  }

  confirm(item) {
    item.classList.remove("pending");
  }

  /** Marks a message that was not delivered and offers to send it again. */
  fail(item, again) {
    item.classList.remove("pending");
    item.classList.add("failed");
    const button = document.createElement("button");
    button.className = "again";
    button.type = "button";
    button.textContent = "Not sent. Try again";
    button.addEventListener("click", () => {
      item.remove();
      again();
    });
    item.append(button);
  }

  #append(item, follow) {
    const list = this.#list;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;
    list.append(item);
    if (list.children.length > LONGEST_LIST) list.firstElementChild.remove();
    if (follow || atEnd) list.scrollTop = list.scrollHeight;
  }
}

function paragraph(className, text) {
  const made = document.createElement("p");
  made.className = className;
  made.textContent = text;
  return made;
}
