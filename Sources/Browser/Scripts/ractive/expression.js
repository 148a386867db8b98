// The expressions of templates: text to trees that evaluate.js compiles. Nothing is evaluated here.
// A tree is `{ t: kind, a: [trees within], … }`. Kinds: "value" (v); "name" (n, looked up through
// the contexts); "@" (n: index, key, …); "this" (up: contexts to leave); "root"; "." (member k of
// a[0]); "[]" (a[0][a[1]]); "()" (a[0] called with the rest); "?"; "[" (list); "{" (object with the
// keys k); "text" (the parts as one text); "u" and an operator; a binary operator itself.

const MOST_PARTS = 500;
const NAME = /[a-z_$\x80-\uffff][\w$\x80-\uffff]*/iy;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?/iy;
const STRING = /"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'/y;
const OPERATOR = /[!=]==?|[<>]=?|&&|\|\||\?\?|\*\*|[-+*/%]|in\b/y;
const RANKS = [["??"], ["||"], ["&&"], ["==", "!=", "===", "!=="], ["<", ">", "<=", ">=", "in"],
  ["+", "-"], ["*", "/", "%"], ["**"]];
const RANK = Object.fromEntries(RANKS.flatMap((all, rank) => all.map((one) => [one, rank])));
const WORDS = { true: true, false: false, null: null, undefined, NaN, Infinity };
const ESCAPES = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", 0: "\0", "\n": "" };

const constant = (v) => ({ t: "value", v, a: [] });
const memberOf = (tree, k) => ({ t: ".", k, a: [tree] });

function unquoted(literal) {
  return literal.slice(1, -1).replace(/\\(?:u([\da-f]{4})|x([\da-f]{2})|([^]))/gi, (_, u, x, c) =>
    c === undefined ? String.fromCharCode(parseInt(u || x, 16)) : ESCAPES[c] ?? c);
}

class ExpressionParser extends Scanner {
  /** What ends the expression: a delimiter, or the quote of an attribute. */
  close = "";
  #parts = 0;

  /** Reads a whole expression. */
  value() {
    this.#parts = 0;
    return this.#expression();
  }

  #expression() {
    const test = this.#binary(0);
    if (!this.#ahead(/\?/y)) return test;
    const yes = this.#expression();
    this.expect(":");
    return { t: "?", a: [test, yes, this.#expression()] };
  }

  /** What the pattern matches here, unless the expression ends here. */
  #ahead(pattern) {
    this.match(/\s*/y);
    return this.sees(this.close) ? null : this.match(pattern);
  }

  #binary(least) {
    let left = this.#unary();
    for (;;) {
      const before = this.at;
      const t = this.#ahead(OPERATOR)?.[0];
      const rank = RANK[t] ?? -1;
      if (rank < least) {
        this.at = before;
        return left;
      }
      left = { t, a: [left, this.#binary(t === "**" ? rank : rank + 1)] };
    }
  }

  #unary() {
    if (++this.#parts > MOST_PARTS) this.fail(`an expression of more than ${MOST_PARTS} parts`);
    const sign = this.#ahead(/[-+!]|typeof\b/y);
    return sign ? { t: "u" + sign[0], a: [this.#unary()] } : this.#members(this.#primary());
  }

  #members(tree) {
    for (;;) {
      const found = this.#ahead(/[[(]|\.\s*([\w$\x80-\uffff]+)/y);
      if (!found) return tree;
      if (++this.#parts > MOST_PARTS) this.fail(`an expression of more than ${MOST_PARTS} parts`);
      if (found[1]) tree = memberOf(tree, found[1]);
      else if (found[0] === "(") tree = { t: "()", a: [tree, ...this.#list(")")] };
      else {
        tree = { t: "[]", a: [tree, this.#expression()] };
        this.expect("]");
      }
    }
  }

  #primary() {
    const found = this.match(NUMBER) || this.match(STRING);
    if (found) return constant(/^["']/.test(found[0]) ? unquoted(found[0]) : Number(found[0]));
    if (this.take("[")) return { t: "[", a: this.#list("]") };
    if (this.take("{")) return this.#object();
    if (this.take("(")) {
      const tree = this.#expression();
      this.expect(")");
      return tree;
    }
    return this.#reference();
  }

  #reference() {
    const special = this.match(/@(\w*)/y);
    if (special) return { t: "@", n: special[1] || "this", a: [] };
    const start = this.match(/~\/|\.\.(?:\/\.\.)*\/?|\.\/?|this\b/y)?.[0];
    const name = this.match(NAME)?.[0];
    if (start) {
      const up = start.split("..").length - 1;
      const from = start === "~/" ? { t: "root", a: [] } : { t: "this", up, a: [] };
      return name ? memberOf(from, name) : from;
    }
    if (!name) this.fail("expected an expression");
    return Object.hasOwn(WORDS, name) ? constant(WORDS[name]) : { t: "name", n: name, a: [] };
  }

  #list(close) {
    const items = [];
    while (!this.take(close)) {
      if (items.length && !this.take(",")) this.fail(`expected , or ${close}`);
      items.push(this.#expression());
    }
    return items;
  }

  #object() {
    const tree = { t: "{", k: [], a: [] };
    while (!this.take("}")) {
      if (tree.a.length && !this.take(",")) this.fail("expected , or }");
      this.match(/\s*/y);
      const key = (this.match(NAME) || this.match(NUMBER) || this.match(STRING))?.[0];
      if (!key) this.fail("expected a key");
      tree.k.push(/^["']/.test(key) ? unquoted(key) : key);
      this.expect(":");
      tree.a.push(this.#expression());
    }
    return tree;
  }
}
