// Keys that stand twice in one object. JSON.parse takes the last without a word, other readers the first: who checks a text and who acts
// on it would see different things.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;

/** How many keys stand in a text that is known to be JSON: equal to those of the parsed value, unless some are doubled. */
export function countKeys(text: string): number {
  let count = 0;
  let start = text.indexOf('"');
  while (start !== -1) {
    const end = endOfString(text, start);
    let next = end + 1;
    while (text.charCodeAt(next) <= SPACE) next++;
    if (text.charCodeAt(next) === COLON) count++;
    start = text.indexOf('"', next);
  }
  return count;
}

/** Of the string that begins at `start`: where its closing quote is. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

interface Level {
  readonly keys: Set<string> | undefined;
  /** Of the value that is being read. */
  at: string | number;
}

/** The way to the first doubled key, as the parts of a pointer; undefined when there is none. Slow; `text` is JSON. */
export function firstDuplicate(text: string): readonly (string | number)[] | undefined {
  const levels: Level[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    const level = levels.at(-1);
    if (text.charCodeAt(i) === QUOTE) {
      const end = endOfString(text, i);
      if (level?.keys !== undefined && /^\s*:/.test(text.slice(end + 1, end + 1 + LOOK_AHEAD))) {
        level.at = JSON.parse(text.slice(i, end + 1)) as string;
        if (level.keys.has(level.at)) return levels.map(({ at }) => at);
        level.keys.add(level.at);
      }
      i = end;
    } else if (char === '{') levels.push({ keys: new Set(), at: '' });
    else if (char === '[') levels.push({ keys: undefined, at: 0 });
    else if (char === '}' || char === ']') levels.pop();
    else if (char === ',' && typeof level?.at === 'number') level.at++;
  }
  return undefined;
}

/** Blanks between a key and its colon; a longer run costs the path in the refusal, not the refusal. */
const LOOK_AHEAD = 64;
