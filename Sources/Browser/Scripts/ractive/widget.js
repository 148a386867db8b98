// Widgets: elements `<perigee-widget name="pingpong">` whose template an app declares.
// The page's data has what the host rendered; elements that scripts add later fetch the same from
// the app. An instance is a binding without a model, or with the one that its `bind` names.

/** The instances by id: `perigee.widgets`. */
const widgets = {};
/** What runs for each instance, by "APP/NAME". */
const widgetStarts = new Map();
/** What apps declare, as promises by app. */
const widgetCatalogs = new Map();
/** The styles and scripts of widgets that are there or on their way, as promises by path. */
const widgetFiles = new Map();
/** What the host rendered into the page, by the element's id. */
const renderedWidgets = new Map();

/** Has `start` run for each instance of "APP/NAME", with the instance as `this`. */
function startWidget(name, start) {
  widgetStarts.set(name, start);
}

class WidgetElement extends HTMLElement {
  #isStarted = false;

  connectedCallback() {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#start().catch((error) => console.error(error));
  }

  /** An element that only moves is connected again at once. */
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      unbind(this);
      delete widgets[this.id];
      this.#isStarted = false;
    });
  }

  async #start() {
    const name = this.getAttribute("name");
    const app = this.getAttribute("app") || name;
    for (let n = 1; !this.id; n += 1) if (!document.getElementById(name + n)) this.id = name + n;
    const rendered = renderedWidgets.get(this.id);
    const widget = rendered || (await declaredWidget(app, name));
    if (!this.isConnected) return;
    const { namespace, template, partials, schemas, data = attributeData(this) } = widget;
    bind(this, this.getAttribute("bind") || namespace, {
      namespace,
      template,
      partials,
      schemas,
      data,
      enhance: Boolean(rendered),
      started: (ractive) => this.#run(ractive, widget.scripts),
    });
  }

  #run(ractive, scripts = []) {
    widgets[this.id] = ractive;
    for (const path of scripts) {
      const start = widgetStarts.get(path.replace(/^\/(.+)\/_widgets\/(.+)\.js$/, "$1/$2"));
      if (start) start.call(ractive);
    }
  }
}

/** The attributes as data: JSON where they are JSON, else text. */
function attributeData(element) {
  const data = {};
  for (const { name, value } of element.attributes) {
    if (/^(name|app|id|bind|class|style|data-.*)$/.test(name)) continue;
    try {
      data[name] = JSON.parse(value);
    } catch {
      data[name] = value;
    }
  }
  return data;
}

/** What the app declares, once the page has the styles and scripts that it needs. */
async function declaredWidget(app, name) {
  // What is no app's name could lead to another site.
  if (!/^[A-Za-z0-9_-]+$/.test(app)) throw new Error(`"${app}" is no name of an app`);
  if (!widgetCatalogs.has(app)) widgetCatalogs.set(app, catalogue(app));
  const declared = (await widgetCatalogs.get(app)).widgets;
  if (!own(declared, name)) throw new Error(`the app "${app}" has no widget "${name}"`);
  const { styles, scripts } = declared[name];
  for (const href of styles) await loadOnce("link", { rel: "stylesheet", href });
  for (const src of scripts) await loadOnce("script", { src });
  return declared[name];
}

/** What an app declares; nothing is kept of a failure, which may pass. */
async function catalogue(app) {
  try {
    const answer = await fetch(`/${app}/_widgets.json`);
    if (answer.ok) return await answer.json();
  } catch (error) {
    console.error(error);
  }
  widgetCatalogs.delete(app);
  return {};
}

/** Resolves when the page has the file: the one of the first who asked, or of the page itself. */
function loadOnce(tag, attributes) {
  const [place, path] = Object.entries(attributes).at(-1);
  if (!widgetFiles.has(path)) {
    const isThere = document.querySelector(`${tag}[${place}="${CSS.escape(path)}"]`);
    const element = Object.assign(document.createElement(tag), attributes);
    widgetFiles.set(path, isThere ? null : load(element));
  }
  return widgetFiles.get(path);
}

function load(element) {
  return new Promise((resolve) => {
    element.onload = element.onerror = resolve;
    document.head.append(element);
  });
}
