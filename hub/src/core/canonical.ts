// JSON with its keys in order, so that equal values have equal texts.

/** Needs no escape in JSON. */
const PLAIN = /^[\w .:/@-]*$/;
/** Texts up to this long are looked through for what needs an escape; of longer ones JSON.stringify does that faster. */
const SHORT = 64;

const NONE: ReadonlySet<string> = new Set();

/** `value` is what JSON can say; a field that is undefined counts as absent, and so do those of `without`, if it is an object. */
export function canonicalJson(value: unknown, without: ReadonlySet<string> = NONE): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const object = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const field = object[key];
    if (field === undefined || without.has(key)) continue;
    text += `${text === '' ? '{' : ','}${quoted(key)}:${canonicalJson(field)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function quoted(text: string): string {
  return text.length <= SHORT && PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
