// Schemas as ordinary validators take them: our own keywords and formats are renamed to `x-…`, which those ignore. What only we can check
// (bytes in UTF-8, names of git) then is a hint to them; a hub checks it all.

/** What a reader of the published form may find. `open`: of an answer, which may get fields that this version does not know. */
export type Openness = 'open' | 'closed';

export const OWN_KEYWORDS: Readonly<Record<string, string>> = {
  mustBe: 'x-must-be',
  secret: 'x-secret',
  address: 'x-address',
  maxBytes: 'x-max-bytes',
  maxJsonBytes: 'x-max-json-bytes',
};

const STANDARD_FORMATS: ReadonlySet<unknown> = new Set(['date-time']);
/** Their values are schemas by name; everything else that is an object is a schema. */
const BY_NAME: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs']);
/** Their values are no schemas. */
const DATA: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples', 'required']);

export function published(schema: object, openness: Openness): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'additionalProperties' && value === false && openness === 'open') continue;
    if (keyword === 'format' && !STANDARD_FORMATS.has(value)) result['x-format'] = value;
    else result[OWN_KEYWORDS[keyword] ?? keyword] = DATA.has(keyword) ? value : inner(keyword, value, openness);
  }
  // A character takes a byte at least.
  if ('maxBytes' in schema && !('maxLength' in schema)) result.maxLength = schema.maxBytes;
  return result;
}

function inner(keyword: string, value: unknown, openness: Openness): unknown {
  if (Array.isArray(value)) return value.map((one) => inner(keyword, one, openness));
  if (typeof value !== 'object' || value === null) return value;
  if (!BY_NAME.has(keyword)) return published(value, openness);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, published(one as object, openness)]));
}
