// Exchanges a changed style sheet in the open page: the new one is loaded beside the old, which
// leaves only when the new one applies, so nothing flickers and no state of the page is lost.

/** Applies the change of the style sheet served at `path`; pages that do not use it do nothing. */
function refreshStylesheet(path, generation) {
  const links = [...document.querySelectorAll('link[rel~="stylesheet"]')];
  const direct = links.filter((link) => isAt(link.href, path));
  for (const link of direct) replaceLink(link, generation);
  const imported = links.some((link) => link.sheet && imports(link.sheet, path));
  if (!direct.length && imported) location.reload();
}

function isAt(address, path) {
  const url = new URL(address, location.href);
  return url.origin === location.origin && decodeURI(url.pathname) === path;
}

/** True when the sheet, or one that it imports, brings in the one at `path`. */
function imports(sheet, path) {
  let rules;
  try {
    rules = [...sheet.cssRules];
  } catch {
    return false;
  }
  return rules.some(
    (rule) => rule.styleSheet && (isAt(rule.href, path) || imports(rule.styleSheet, path))
  );
}

function replaceLink(old, generation) {
  const url = new URL(old.href);
  url.searchParams.set("perigee", `${generation || 0}.${Date.now()}`);
  const fresh = old.cloneNode();
  fresh.href = url.href;
  fresh.addEventListener("load", () => old.remove());
  fresh.addEventListener("error", () => fresh.remove());
  old.after(fresh);
}
