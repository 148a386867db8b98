// What dynamic values may not do: become a script, whatever place of a page they stand in.
// The parser refuses places that can't be made safe; both renderers pass URLs and styles through.

const words = (list) => new Set(list.split(" "));

const BOOLEANS = words(
  "allowfullscreen async autofocus autoplay checked controls default defer disabled " +
    "formnovalidate hidden inert ismap itemscope loop multiple muted nomodule novalidate open " +
    "playsinline readonly required reversed selected");
const URLS = words(
  "href src action formaction xlink:href data poster background cite ping manifest icon longdesc " +
    "usemap codebase to from values by srcset");
const IMAGES = words("src poster srcset background");
const LISTS = words("srcset values");
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const SAFE_SCHEME = /^(?:https?|mailto|tel|sms|ftp):/i;
const SAFE_IMAGE = /^data:image\/(?:png|gif|jpeg|webp|avif)(?![\w+.-])/i;
const UNSAFE_STYLE = /[;{}\\]|expression\s*\(|url\(\s*["']?\s*(?!https?:)[a-z][a-z0-9+.-]*:/i;

const REFERENCE = /&(?:#x([\da-f]+)|#(\d+)|(tab|newline|colon|amp|lt|gt|quot));?/gi;
const REFERRED = { tab: "\t", newline: "\n", colon: ":", amp: "&", lt: "<", gt: ">", quot: '"' };

/** Attribute text as a browser reads it, as far as that matters to the scheme of a URL. */
function decodeReferences(source) {
  return source.replace(REFERENCE, (_, hex, decimal, name) => {
    if (name) return REFERRED[name.toLowerCase()];
    return String.fromCodePoint(Math.min(hex ? parseInt(hex, 16) : Number(decimal), 0xfffd));
  });
}

/** The value of an attribute, with `unsafe:` before a URL that might run; others are unchanged. */
function safeURL(value, attribute) {
  const name = attribute.toLowerCase();
  if (!URLS.has(name)) return value;
  const isSafe = (url) =>
    !SCHEME.test(url) || SAFE_SCHEME.test(url) || (IMAGES.has(name) && SAFE_IMAGE.test(url));
  const bare = value.replace(/[\0- ]/g, "");
  return (LISTS.has(name) ? bare.split(/[,;]/) : [bare]).every(isSafe) ? value : `unsafe:${value}`;
}

/** The text of a `style-NAME` value, or "" when there is none or it could say more than that. */
function safeStyle(value) {
  const style = value === false ? "" : text(value);
  return UNSAFE_STYLE.test(style) ? "" : style;
}

/** Attributes for the page's script only, never part of the HTML. */
const isDirective = (name) =>
  /^(?:twoway|lazy|no-delegation|decorator|as-.+|intro|outro)$/.test(name) ||
  (/-(?:in|out)$/.test(name) && !/^(?:data|aria)-/.test(name));

/** Why an attribute of an element can't have a dynamic part, or undefined. */
function refusal(element, name) {
  if (/^on/.test(name)) return `${name} would run a value as a script; use on-${name.slice(2)}`;
  if (/^(?:script|base)$/.test(element)) return `<${element}> takes no dynamic attribute`;
  if (/^(?:srcdoc|attributename|http-equiv)$/.test(name)) return `${name} can't be dynamic`;
  return undefined;
}
