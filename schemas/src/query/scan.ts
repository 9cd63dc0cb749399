// A query cut into its pieces, with the place of each: `key:value,value`, `-key:value`, words and "text in quotes". Takes any text, also one
// that is still being typed.

export interface Piece {
  readonly text: string;
  readonly at: number;
  readonly length: number;
  /** Whether its first character stood in quotes, and so means nothing but itself. */
  readonly isQuoted: boolean;
  /** Its quotes were never closed. */
  readonly isOpen: boolean;
}

export interface Scanned {
  readonly not: boolean;
  /** As it was written; undefined for text. */
  readonly key: Piece | undefined;
  /** Of text, one. */
  readonly values: readonly Piece[];
  readonly at: number;
  readonly length: number;
}

const KEY = /^[A-Za-z][A-Za-z-]*(?=:)/;
const SPACE = /\s/;

export function scan(text: string): Scanned[] {
  const found: Scanned[] = [];
  for (let at = 0; at < text.length; ) {
    if (SPACE.test(text[at] as string)) {
      at++;
      continue;
    }
    const term = termAt(text, at);
    found.push(term);
    at += term.length;
  }
  return found;
}

function termAt(text: string, start: number): Scanned {
  const next = text[start + 1];
  const not = text[start] === '-' && next !== undefined && !SPACE.test(next);
  let at = not ? start + 1 : start;
  const name = KEY.exec(text.slice(at))?.[0];
  if (name === undefined) {
    const value = pieceAt(text, at, '');
    return { not, key: undefined, values: [value], at: start, length: at + value.length - start };
  }
  const key: Piece = { text: name, at, length: name.length, isQuoted: false, isOpen: false };
  at += name.length;
  const values: Piece[] = [];
  // The colon first, then commas.
  do {
    const value = pieceAt(text, at + 1, ',');
    values.push(value);
    at = value.at + value.length;
  } while (text[at] === ',');
  return { not, key, values, at: start, length: at - start };
}

/** Up to a space or one of `ends` that does not stand in quotes. */
function pieceAt(text: string, start: number, ends: string): Piece {
  let at = start;
  let value = '';
  let isOpen = false;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '"') isOpen = !isOpen;
    else if (isOpen && char === '\\' && /["\\]/.test(text[at + 1] ?? '')) value += text[++at];
    else if (!isOpen && (SPACE.test(char) || ends.includes(char))) break;
    else value += char;
  }
  return { text: value, at: start, length: at - start, isQuoted: text[start] === '"', isOpen };
}
