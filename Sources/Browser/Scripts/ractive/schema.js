// Validates what a page is about to send, by the descriptions that the server gives of its schemas.
// The forms of bindings and widgets call this. Rules and messages are those of the server's
// rules.lua, formats.lua and messages.lua; custom functions and patterns are the server's alone.
// Nothing here throws, whatever the value.
const schemaFormats = {
  digits: /^[0-9]+$/,
  word: /^[A-Za-z0-9_]+$/,
  slug: /^[a-z0-9]+(-[a-z0-9]+)*$/,
  url: /^https?:\/\/[^\0- "<>\\^`{|}\x7f/?#][^\0- "<>\\^`{|}\x7f]*$/i,
  email: /^[^\0- "(),:;<>@[\\\]\x7f]+@[^\0- "(),.:;<>@[\\\]\x7f]+(\.[^\0- "(),.:;<>@[\\\]\x7f]+)+$/,
};

const schemaMessage = (rule, code) => {
  const { type, like, message, messages } = rule;
  const unit = { text: " characters", email: " characters", list: " entries" }[type] ?? "";
  const usual = {
    required: "is required",
    must: "must be accepted",
    type: "must be " + {
      text: "text",
      email: "an e-mail address",
      integer: "a whole number",
      number: "a number",
      boolean: "yes or no",
      choice: "one of {options}",
      list: "a list",
      object: "an object",
    }[type],
    min: `must ${unit ? "have" : "be"} {min} or more${unit}`,
    max: `must ${unit ? "have {max} or fewer" : "be {max} or less"}${unit}`,
    like: "must " + {
      digits: "have only digits",
      word: "have only letters, digits and _",
      slug: "have only small letters, digits and -",
      url: "be a web address",
    }[like],
  };
  return (messages?.[code] ?? message ?? usual[code]).replace(
    /{(min|max|options)}/g, (all, name) => [].concat(rule[name] ?? all).join(", "));
};

// Each examiner answers [cleaned value, errors by name], or the code of a message.
const examineText = (value, { type, min, max, like = type }) => {
  if (typeof value != "string") return "type";
  const { length } = [...value];
  if (length < min) return "min";
  if (length > max) return "max";
  return schemaFormats[like]?.test(value) !== false ? [value] : type == like ? "type" : "like";
};

const toNumber = (value) => {
  if (typeof value != "string") return value;
  return /^(?!.{65})[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? +value : NaN;
};

const examineNumber = (value, { type, min, max }) => {
  value = toNumber(value);
  if (!Number[type == "integer" ? "isSafeInteger" : "isFinite"](value)) return "type";
  return value < min ? "min" : value > max ? "max" : [value || 0];
};

const examineParts = (value, { type, of, fields, min, max }) => {
  const isList = type == "list";
  if (typeof value != "object" || Array.isArray(value) != isList) return "type";
  if (value.length > max) return "max";
  const cleaned = isList ? [] : {};
  let errors;
  for (const [name, rule] of fields ?? Object.keys(value).map((index) => [index, of])) {
    const [part, failed] = examineValue(rule, Object.hasOwn(value, name) ? value[name] : null);
    if (failed) (errors ??= {})[name] = failed;
    else if (part !== undefined) cleaned[isList ? cleaned.length : name] = part;
  }
  return !errors && cleaned.length < min ? "min" : [cleaned, errors];
};

const examiners = {
  any: (value) => [value],
  text: examineText,
  email: examineText,
  integer: examineNumber,
  number: examineNumber,
  boolean: (value, { must }) => {
    const words = { true: true, on: true, 1: true, false: false, 0: false };
    if (typeof value == "string") value = words[value];
    return typeof value != "boolean" ? "type" : must && !value ? "must" : [value];
  },
  choice: (value, { options }) => {
    const found = [value, toNumber(value)].find((one) => options.includes(one));
    return found === undefined ? "type" : [found];
  },
  list: examineParts,
  object: examineParts,
};

// [cleaned value, what is wrong with it: a message, or an object by name]
const examineValue = (rule, value) => {
  const { type, trim, optional } = rule;
  if (typeof value == "string" && type != "any" && trim !== false) {
    value = /^[ \t-\r]*([^]*[^ \t-\r]|)/.exec(value)[1];
  }
  const isMissing = value == null || value === "";
  if (isMissing && (optional || rule.default != null)) return [rule.default];
  const found = isMissing ? "required" : examiners[type](value, rule);
  return typeof found == "string" ? [undefined, schemaMessage(rule, found)] : found;
};

/**
 * Checks the arguments of an event by the description of its schema, `{args, positional}`. `value`
 * is the list of the cleaned ones. `errors` is null, or has a message for each field, by name or
 * index: below the argument's number, from "1" on, when they are `positional`, else of the only
 * argument; then `_` has the message of the argument as a whole.
 */
const validateArguments = ({ args, positional }, values) => {
  const fields = args.map((rule, index) => [index + 1, rule]);
  const [cleaned, errors] = examineParts({ ...[null, ...values] }, { fields });
  const failed = positional ? errors : errors?.[1];
  return {
    value: args.map((rule, index) => cleaned[index + 1]),
    errors: typeof failed == "string" ? { _: failed } : failed ?? null,
  };
};

/** The same for one value and the description of its rule: `value` is the cleaned one. */
const validate = (description, value) => {
  const { value: [cleaned], errors } = validateArguments({ args: [description] }, [value]);
  return { value: cleaned, errors };
};
