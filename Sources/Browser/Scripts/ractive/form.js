// Forms that are sent to the server: their value, and the time until the answer is there.

/** The form's fields as an object; names such as `address.city` make objects within it. */
function formValue(form, submitter) {
  const value = {};
  for (const field of form.elements) {
    const name = fieldName(field);
    const isButton = /^(submit|button|reset)$/.test(field.type);
    const isValue = field.matches("input, select, textarea, button") && field.type !== "file";
    if (!name || !isValue || field.matches(":disabled") || (isButton && field !== submitter)) continue;
    const isChoice = field.type === "radio" && !field.checked;
    if (!isChoice) writeAt(value, segmentsOf(name), fieldValue(form, field));
  }
  return value;
}

function fieldValue(form, field) {
  const { type, value, valueAsNumber, checked } = field;
  if (type === "number" || type === "range") return valueAsNumber || value && 0;
  if (type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
  if (type !== "checkbox") return value;
  const group = [...form.elements].filter((it) => it.type === type && it.name === field.name);
  return group.length < 2 ? checked : group.filter((it) => it.checked).map((it) => it.value);
}

/** Marks the form as being sent; returns what ends that. */
function keepBusy(form) {
  const focused = document.activeElement;
  const buttons = [...form.elements].filter((it) => it.type === "submit" && !it.disabled);
  form.setAttribute("aria-busy", "true");
  for (const button of buttons) button.disabled = true;
  return () => {
    form.removeAttribute("aria-busy");
    for (const button of buttons) button.disabled = false;
    if (buttons.includes(focused) && document.activeElement === document.body) focused.focus();
  };
}

/** Sends a form as an event, once at a time, and shows what comes of it. */
function submitForm(binding, form, event, args, submitter) {
  if (form.ariaBusy === "true") return;
  const value = formValue(form, submitter);
  const end = keepBusy(form);
  clearErrors(form);
  binding.submit(event, [value, ...args], ({ isDone, answer, errors }) => {
    end();
    if (errors) showErrors(form, errors);
    if (!isDone) return;
    if (!form.hasAttribute("data-keep")) form.reset();
    if (form.dataset.then) binding.ractive.set(form.dataset.then, answer[0]);
  });
}
