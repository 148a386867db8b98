// What a page does by itself once it is there: it binds the elements that name a model, shows the
// widgets, and offers `perigee.bind` and its like. The host's rendering, if there is one, is in the
// page's data, a script element of JSON.

/** The bindings by element. */
const bindings = new Map();

/** Lets an element follow `/namespace#model`; options as in binding.js. Returns its instance. */
function bind(element, address, options = {}) {
  unbind(element);
  const template = options.template ?? ownTemplate(element);
  const binding = new Binding(element, address, { ...options, template });
  bindings.set(element, binding);
  return binding.ractive;
}

/** Ends the binding of an element. */
function unbind(element) {
  const binding = bindings.get(element);
  if (bindings.delete(element)) binding.end();
}

/** The template that an element names (`#id`) or holds. */
function ownTemplate(element) {
  const selector = ':scope > script[type="text/ractive"], :scope > template';
  const source = element.querySelector(selector);
  if (source && source.localName === "script") return source.textContent;
  const plain = (mustache) =>
    mustache.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const html = (source || element).innerHTML.replace(/\{\{[^]*?\}\}/g, plain);
  return element.getAttribute("template") || html;
}

function startPage() {
  // The host's own is the last one of its kind; an element that data has given its id is none.
  const place = [...document.querySelectorAll('script#perigee-page[type="application/json"]')].at(-1);
  const page = place ? JSON.parse(place.textContent) : {};
  for (const widget of page.widgets || []) renderedWidgets.set(widget.id, widget);
  for (const element of document.querySelectorAll("[bind]:not(perigee-widget)")) {
    const rendered = (page.bindings || [])[element.dataset.perigee];
    // What the host says of a mistake stays where it is.
    if (element.querySelector(":scope > .perigee-problem")) continue;
    try {
      bindRendered(element, rendered);
    } catch (error) {
      console.error(error);
    }
  }
  customElements.define("perigee-widget", WidgetElement);
}

function bindRendered(element, rendered) {
  if (!rendered) return bind(element, element.getAttribute("bind"));
  const { namespace, model, key, snapshot, template, schemas } = rendered;
  const address = namespace + (model ? `#${model}` : "") + (key ? `:${key}` : "");
  const isShown = Boolean(snapshot) || !model;
  const options = { template, schemas, enhance: isShown, rendered: isShown && rendered };
  return bind(element, address, options);
}

globalThis.perigee = Object.assign(globalThis.perigee || {}, {
  bind,
  unbind,
  widget: startWidget,
  widgets,
});
/** The instances of all bindings of the page. */
Object.defineProperty(perigee, "bindings", {
  get: () => [...bindings.values()].map((binding) => binding.ractive),
});
document.RAWidgets = widgets;
if (document.readyState === "complete") startPage();
else document.addEventListener("DOMContentLoaded", startPage);
