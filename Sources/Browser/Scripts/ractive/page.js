// What a page does by itself once it is there: it binds the elements that name a model, shows the
// widgets, and offers `perigee.bind` and its like. The host's rendering, if there is one, is in the
// page's data, a script element of JSON.

/** The page's bindings: `perigee.bindings`. */
const bindings = [];

/** Lets an element follow `/namespace#model`; options as in binding.js. Returns the binding. */
function bind(element, address, options = {}) {
  unbind(element);
  const template = options.template ?? ownTemplate(element);
  const binding = new Binding(element, address, { ...options, template });
  bindings.push(binding);
  return binding;
}

/** Ends the binding of an element. */
function unbind(element) {
  const at = bindings.findIndex((binding) => binding.element === element);
  if (at >= 0) bindings.splice(at, 1)[0].end();
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
  const place = document.getElementById("perigee-page");
  const page = place ? JSON.parse(place.textContent) : {};
  for (const widget of page.widgets || []) renderedWidgets.set(widget.id, widget);
  for (const element of document.querySelectorAll("[bind]:not(perigee-widget)")) {
    const rendered = (page.bindings || [])[element.dataset.perigee];
    try {
      bindRendered(element, rendered);
    } catch (error) {
      console.error(error);
    }
  }
  customElements.define("perigee-widget", WidgetElement);
}

function bindRendered(element, rendered) {
  const address = element.getAttribute("bind");
  if (!rendered) return bind(element, address);
  const { model, snapshot, template, schemas } = rendered;
  const isShown = Boolean(snapshot) || !model;
  const options = { template, schemas, enhance: isShown, rendered: isShown && rendered };
  return bind(element, address, options);
}

globalThis.perigee = Object.assign(globalThis.perigee || {}, {
  bind,
  unbind,
  bindings,
  widget: startWidget,
  widgets,
});
document.RAWidgets = widgets;
if (document.readyState === "complete") startPage();
else document.addEventListener("DOMContentLoaded", startPage);
