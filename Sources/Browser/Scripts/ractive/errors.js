// Messages beside the fields of a form: shown, tied to their fields for assistive technology, and
// taken away again. Errors come in the shape of the form's value: `{name: "is required"}`.

/** What is shown, by form: a list of `{field, name, undo}`. */
const shownErrors = new WeakMap();
let errorCount = 0;

/** The name of a field as a keypath. Radio groups and lists of a template have theirs in braces. */
function fieldName(field) {
  const name = (field.name || "").replace(/^\{\{\s*\$?|\s*\}\}$/g, "");
  return keypathOf(segmentsOf(name));
}

/** Shows these errors and no others, and puts the focus on the first field that has one. */
function showErrors(form, errors) {
  clearErrors(form);
  const shown = flatErrors(errors).map(([path, message]) => showError(form, path, message));
  shownErrors.set(form, shown);
  const first = [...form.elements].find((field) => shown.some((error) => error.field === field));
  if (first) first.focus();
}

/** Takes away the messages of the form, or those of one of its fields. */
function clearErrors(form, name) {
  const isLeft = (error) => name !== undefined && error.name !== name;
  const shown = shownErrors.get(form) || [];
  shownErrors.set(form, shown.filter(isLeft));
  for (const error of shown) if (!isLeft(error)) error.undo();
}

/** Pairs of path and message. The key `_` stands for the whole of what it is in. */
function flatErrors(errors, path = []) {
  return Object.entries(errors).flatMap(([key, error]) => {
    const place = key === "_" ? path : [...path, key];
    return Object(error) === error ? flatErrors(error, place) : [[place, String(error)]];
  });
}

function showError(form, path, message) {
  const field = fieldAt(form, path);
  const name = field ? fieldName(field) : keypathOf(path) || "_";
  const place = form.querySelector(`[data-error-for="${CSS.escape(name)}"]`);
  const note = place || document.createElement("small");
  if (!place) {
    note.className = "perigee-error";
    if (field) field.after(note);
    else form.append(note);
  }
  note.id ||= `perigee-error-${(errorCount += 1)}`;
  note.role ||= "alert";
  note.textContent = message;
  const untie = field ? describe(field, note.id) : () => {};
  const undo = () => {
    untie();
    if (place) note.textContent = "";
    else note.remove();
  };
  return { field, name, undo };
}

/** The field of that name, or of the value that it is part of. */
function fieldAt(form, path) {
  const field = [...form.elements].find((it) => it.name && fieldName(it) === keypathOf(path));
  return field || !path.length ? field : fieldAt(form, path.slice(0, -1));
}

function describe(field, id) {
  const before = field.getAttribute("aria-describedby");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", before ? `${before} ${id}` : id);
  return () => {
    field.removeAttribute("aria-invalid");
    if (before) field.setAttribute("aria-describedby", before);
    else field.removeAttribute("aria-describedby");
  };
}
