// Where a parser stands in a template's source, and the one error that parsing can end with.
// The layers of the language build on it: expressions, tags, attributes, markup. Every pattern is
// sticky and every character is read a bounded number of times, so time grows with the source only.

const DEEPEST = 100;

/** What is wrong with a template: `line` and `column` count from 1. */
class TemplateError extends Error {
  constructor(message, name, line, column) {
    super(`${name}:${line}:${column}: ${message}`);
    this.name = "TemplateError";
    this.line = line;
    this.column = column;
  }
}

class Scanner {
  at = 0;
  #depth = 0;

  constructor(source, name) {
    this.source = source;
    this.name = name;
  }

  /** Reads what a sticky pattern matches here: its match, or null. */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  /** True when the text comes next. */
  sees(text) {
    return this.source.startsWith(text, this.at);
  }

  /** Reads the text if it comes next, after white space. */
  take(text) {
    this.match(/\s*/y);
    const there = this.sees(text);
    if (there) this.at += text.length;
    return there;
  }

  expect(text) {
    if (!this.take(text)) this.fail(`expected ${text}`);
  }

  /** Reads up to the text and past it. */
  until(text, what) {
    const end = this.source.indexOf(text, this.at);
    if (end < 0) this.fail(`${what} is not closed; it ends with ${text}`);
    const found = this.source.slice(this.at, end);
    this.at = end + text.length;
    return found;
  }

  /** Calls `read` one level deeper; too many levels are an error. */
  nested(read) {
    if (++this.#depth > DEEPEST) this.fail(`nested more than ${DEEPEST} deep`);
    const result = read();
    this.#depth--;
    return result;
  }

  line(at) {
    return this.source.slice(0, at).split("\n").length;
  }

  fail(message, at = this.at) {
    const column = at - this.source.lastIndexOf("\n", at - 1);
    throw new TemplateError(message, this.name, this.line(at), at ? column : 1);
  }
}
