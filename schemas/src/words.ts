// Splits a command line into words as a POSIX shell would, and refuses what only a shell could do with it: nothing is expanded.

/** `problem` names what would need a shell. */
export type Words =
  | { readonly ok: true; readonly words: readonly [string, ...string[]] }
  | { readonly ok: false; readonly problem: string };

const OPERATORS = new Set(['|', '&', ';', '<', '>', '(', ')', '`', '$', '\n']);
/** Special only where a word begins, or unquoted anywhere: patterns for names of files. */
const PATTERNS = new Set(['*', '?', '[']);
const ESCAPED_IN_QUOTES = new Set(['"', '\\', '$', '`']);

export function wordsOf(line: string): Words {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length; ) {
    const char = line[at] as string;
    if (char === ' ' || char === '\t') {
      if (word !== null) words.push(word);
      word = null;
      at += 1;
      continue;
    }
    const part = partAt(line, at, word === null);
    if ('problem' in part) return { ok: false, problem: part.problem };
    word = (word ?? '') + part.text;
    at = part.end;
  }
  if (word !== null) words.push(word);
  const [program, ...args] = words;
  if (program === undefined || program === '') return { ok: false, problem: 'it does not name a program' };
  if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(program)) return { ok: false, problem: 'it sets a variable' };
  return { ok: true, words: [program, ...args] };
}

type Part = { readonly text: string; readonly end: number } | { readonly problem: string };

function partAt(line: string, at: number, isFirst: boolean): Part {
  const char = line[at] as string;
  if (char === "'") {
    const end = line.indexOf("'", at + 1);
    return end === -1 ? { problem: 'a quote is not closed' } : { text: line.slice(at + 1, end), end: end + 1 };
  }
  if (char === '"') return quotedAt(line, at + 1);
  if (char === '\\') {
    const next = line[at + 1];
    return next === undefined ? { problem: 'it ends in a backslash' } : { text: next, end: at + 2 };
  }
  if (OPERATORS.has(char) || PATTERNS.has(char)) return { problem: `it has an unquoted ${nameOf(char)}` };
  if (isFirst && (char === '#' || char === '~')) return { problem: `it has an unquoted ${char}` };
  return { text: char, end: at + 1 };
}

/** Between double quotes, where a backslash escapes few characters and `$` and backquotes still mean something to a shell. */
function quotedAt(line: string, from: number): Part {
  let text = '';
  for (let at = from; at < line.length; at += 1) {
    const char = line[at] as string;
    if (char === '"') return { text, end: at + 1 };
    if (char === '$' || char === '`') return { problem: `it has a ${char} between double quotes` };
    const next = line[at + 1];
    if (char === '\\' && next !== undefined && ESCAPED_IN_QUOTES.has(next)) {
      text += next;
      at += 1;
    } else text += char;
  }
  return { problem: 'a quote is not closed' };
}

function nameOf(char: string): string {
  return char === '\n' ? 'line break' : char;
}
