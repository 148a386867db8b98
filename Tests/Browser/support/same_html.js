// Compares what a page shows with HTML: attributes in any order, styles as the browser writes them,
// neighbouring texts as one.

const tidy = (root) => {
  for (const element of root.querySelectorAll("*")) {
    const { cssText } = element.style ?? {};
    if (element.hasAttribute("style")) element.removeAttribute("style");
    const rest = [...element.attributes].map(({ name, value }) => [name, value]);
    if (cssText) rest.push(["style", cssText]);
    for (const [name] of rest) element.removeAttribute(name);
    for (const [name, value] of rest.sort()) element.setAttribute(name, value);
  }
  root.normalize();
  return root.innerHTML;
};

const parsedHTML = (html) => {
  const box = document.implementation.createHTMLDocument("").createElement("div");
  box.innerHTML = html;
  return tidy(box);
};

/** Whether the contents are what the HTML gives, as they are or after a pass through the parser. */
const shows = (element, html) => {
  const wanted = parsedHTML(html);
  return tidy(element.cloneNode(true)) === wanted || parsedHTML(element.innerHTML) === wanted;
};
