// The overlay that shows an app's error over its page: what failed, where, the lines around it.
// It lives in a shadow root, so page and overlay cannot restyle each other, and writes text nodes
// only: an error may quote anything. Its style is a constructed sheet, which a strict
// Content-Security-Policy allows.

const OVERLAY_STYLE = `
:host { all: initial; }
dialog {
box-sizing: border-box; width: min(56rem, calc(100vw - 2rem)); max-height: calc(100vh - 4rem);
padding: 0; overflow: auto; border: 1px solid #f0617a55; border-top: 4px solid #f0617a;
border-radius: 12px; background: #1a1723; color: #efeaf6; box-shadow: 0 24px 80px #000a;
font: 16px/1.5 system-ui, sans-serif; overscroll-behavior: contain;
}
dialog::backdrop { background: #0d0b14b8; backdrop-filter: blur(3px); }
header { display: flex; gap: 1rem; align-items: start; padding: 1.25rem 1.5rem 0; }
h1 { flex: 1; margin: 0; font-size: 1.2rem; line-height: 1.35; font-weight: 650; }
button {
flex: none; padding: .3rem .7rem; border: 1px solid #ffffff2e; border-radius: 7px;
background: #ffffff12; color: inherit; font: inherit; font-size: .85rem; cursor: pointer;
}
button:hover { background: #ffffff24; }
:focus-visible { outline: 2px solid #ffb454; outline-offset: 2px; }
.place { margin: .25rem 1.5rem 0; color: #ffb454; }
.place, pre { font-family: ui-monospace, "Cascadia Code", Menlo, Consolas, monospace; }
.place, pre { font-size: .875rem; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.message { margin: 1rem 1.5rem; color: #ff9db0; font-size: .95rem; }
.excerpt {
margin: 0 0 1rem; padding: .75rem 0; overflow-x: auto; background: #120f1a; list-style: none;
font: .875rem/1.6 ui-monospace, "Cascadia Code", Menlo, Consolas, monospace;
}
.excerpt li {
display: flex; box-sizing: border-box; width: max-content; min-width: 100%; padding: 0 1.5rem;
}
.excerpt .number {
flex: none; width: 3.5ch; margin-right: 1.5ch; color: #8b84a0; text-align: right;
user-select: none;
}
.excerpt code { font: inherit; white-space: pre; tab-size: 2; }
.excerpt .failing { background: #f0617a26; box-shadow: inset 3px 0 #f0617a; }
.excerpt .failing .number { color: #ff9db0; }
details { margin: 0 1.5rem 1rem; }
summary { cursor: pointer; color: #b9b2cc; font-size: .9rem; }
details pre { margin-top: .5rem; color: #b9b2cc; }
footer {
padding: .75rem 1.5rem; border-top: 1px solid #ffffff1a; color: #9e97b3; font-size: .85rem;
}
@media (prefers-reduced-motion: no-preference) {
dialog[open] { animation: rise .18s ease-out; }
@keyframes rise { from { opacity: 0; transform: translateY(8px); } }
}
`;

/** An element with text or child nodes; nothing is ever parsed as HTML. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** A shadow root of its own at the end of the page, with one style sheet. */
function mountShadow(id, css) {
  const host = element("div");
  host.id = id;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  document.documentElement.append(host);
  return { host, root };
}

class ErrorOverlay {
  #host = null;

  /** Shows one error of the feed; a later one takes the place of an earlier one. */
  show(error) {
    this.hide();
    const { host, root } = mountShadow("perigee-error", OVERLAY_STYLE);
    this.#host = host;
    const dialog = element("dialog", "", ...this.#content(error));
    dialog.setAttribute("aria-labelledby", "title");
    dialog.addEventListener("close", () => host.remove());
    root.append(dialog);
    dialog.showModal();
    const failing = root.querySelector(".failing");
    if (failing) failing.scrollIntoView({ block: "nearest" });
  }

  hide() {
    if (this.#host) this.#host.remove();
    this.#host = null;
  }

  #content({ title, message, file, line, excerpt, traceback }) {
    const heading = element("h1", "", title || "The app has an error");
    heading.id = "title";
    const close = element("button", "", "Close");
    close.type = "button";
    close.addEventListener("click", () => close.closest("dialog").close());

    const parts = [element("header", "", heading, close)];
    if (file) parts.push(element("p", "place", line ? `${file}:${line}` : file));
    if (message) parts.push(element("pre", "message", message));
    if (Array.isArray(excerpt) && excerpt.length) parts.push(this.#excerpt(excerpt, line));
    if (traceback) parts.push(this.#traceback(traceback));
    const note = "What served before keeps serving. Save the file again and this goes away.";
    return [...parts, element("footer", "", note)];
  }

  #excerpt(lines, failing) {
    const list = element("ol", "excerpt");
    for (const [number, text] of lines) {
      const numeral = element("span", "number", String(number));
      const item = element("li", "", numeral, element("code", "", text));
      if (number === failing) {
        item.className = "failing";
        item.setAttribute("aria-current", "true");
      }
      list.append(item);
    }
    return list;
  }

  #traceback(text) {
    const details = element("details");
    details.append(element("summary", "", "Traceback"), element("pre", "", text));
    return details;
  }
}
