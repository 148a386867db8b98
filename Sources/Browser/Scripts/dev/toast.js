// A line of good news at the edge of the page that leaves by itself.

const TOAST_STYLE = `
:host { all: initial; }
div {
position: fixed; z-index: 2147483647; right: 1rem; bottom: 1rem; max-width: calc(100vw - 2rem);
padding: .55rem .9rem; border-radius: 999px; background: #1a1723f2; color: #efeaf6;
box-shadow: 0 6px 24px #0005; font: 14px/1.4 system-ui, sans-serif; pointer-events: none;
transition: opacity .4s;
}
div::before { content: "●"; margin-right: .5em; color: #4fd1a1; }
div.leaving { opacity: 0; }
`;
const TOAST_MILLISECONDS = 2600;

class Toast {
  #host = null;

  show(text) {
    if (this.#host) this.#host.remove();
    const { host, root } = mountShadow("perigee-toast", TOAST_STYLE);
    this.#host = host;
    const line = element("div", "", text);
    line.setAttribute("role", "status");
    root.append(line);
    setTimeout(() => line.classList.add("leaving"), TOAST_MILLISECONDS);
    setTimeout(() => host.remove(), TOAST_MILLISECONDS + 500);
  }
}
