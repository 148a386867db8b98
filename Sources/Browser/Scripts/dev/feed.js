// Listens to the host for what changes under this page, and acts on it.
// One request waits at the host at a time, and only while the page can be seen: a browser allows
// few connections per host, and hidden pages would use them up. A page that is seen again asks from
// where it stopped. When the host goes away the feed comes back by itself, and starts anew.

const EVENTS = "/perigee/dev/events";
const RETRY_MILLISECONDS = { first: 250, most: 4000 };

class DevFeed {
  #app;
  #revision = null;
  #retry = RETRY_MILLISECONDS.first;
  #away = false;
  #overlay = new ErrorOverlay();
  #toast = new Toast();
  #request = new AbortController();

  constructor(app) {
    this.#app = app;
    document.addEventListener("visibilitychange", () => this.#request.abort());
  }

  async run() {
    for (;;) {
      await seen();
      this.#request = new AbortController();
      try {
        this.#accept(await this.#ask());
      } catch (error) {
        if (error.name !== "AbortError") await this.#lost();
      }
    }
  }

  async #ask() {
    const query = new URLSearchParams({ app: this.#app });
    if (this.#revision !== null) query.set("since", this.#revision);
    const { signal } = this.#request;
    const response = await fetch(`${EVENTS}?${query}`, { cache: "no-store", signal });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  #accept({ revision, events = [] }) {
    if (revision < this.#revision) throw new Error("the host starts over");
    if (this.#away) {
      this.#overlay.hide();
      this.#toast.show("The host is back");
    }
    this.#away = false;
    this.#retry = RETRY_MILLISECONDS.first;
    this.#revision = revision;
    for (const event of events) this.#act(event);
  }

  #act(event) {
    if (event.kind === "style") return refreshStylesheet(event.path, event.generation);
    if (event.app && event.app !== this.#app) return undefined;
    switch (event.kind) {
      case "page":
        return location.reload();
      case "error":
        return this.#overlay.show(event);
      case "serving":
        this.#overlay.hide();
        return this.#toast.show(`Generation ${event.generation} is serving`);
      default:
        return undefined;
    }
  }

  /** Revisions are those of one run of the host, so the next question starts from nothing. */
  async #lost() {
    this.#away = true;
    this.#revision = null;
    await new Promise((resolve) => setTimeout(resolve, this.#retry));
    this.#retry = Math.min(this.#retry * 2, RETRY_MILLISECONDS.most);
  }
}

/** Resolves at once in a page that can be seen, else when it can. */
function seen() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) =>
    document.addEventListener("visibilitychange", () => resolve(), { once: true })
  );
}

/** An app in one file has its pages among the host's: they lie in a folder of its name. */
function appOfPage() {
  return document.currentScript.dataset.app || `/${location.pathname.split("/")[1]}`;
}

new DevFeed(appOfPage()).run();
