// Takes out of a text what looks like a secret, before it leaves the machine. Every pattern takes linear time: it begins with fixed
// text, and what it reads past that it either replaces or gives up within a few characters.

export const MASK = '[masked]';

/** Shorter values are too likely to be part of something else. */
export const KNOWN_CHARS_MIN = 8;
const KNOWN_CHARS_MAX = 4096;

/** Not inside a longer word; a line feed that is written as `\n`, as in JSON, is none. */
const APART = String.raw`(?<=^|[^A-Za-z0-9_-]|\\[nrt])`;
/** What is called a secret. */
const NAME =
  '(?:password|passwd|passphrase|secret|token|credential|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)';

/** Keys that say themselves what they are. */
const KEYS = new RegExp(
  [
    `${APART}sk-[A-Za-z0-9_-]{16,}`,
    '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}',
    'gh[opsur]_[A-Za-z0-9]{20,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[A-Za-z0-9_-]{16,}',
    '(?:AKIA|ASIA)[A-Z0-9]{16}',
    'xox[abeprs]-[A-Za-z0-9-]{10,}',
    'AIza[A-Za-z0-9_-]{30,}',
    'npm_[A-Za-z0-9]{30,}',
    'hf_[A-Za-z0-9]{30,}',
    String.raw`${APART}eyJ[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]+){0,2}`,
    `${APART}ac_[A-Za-z0-9_-]{20,}`,
  ].join('|'),
  'g',
);

/** Where only the place says that it is one: what stands before it is kept. */
const PLACES: readonly RegExp[] = [
  // Authorization: Bearer …
  /(authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?(?:bearer|basic|token|digest)\s{1,4})[^\s"'`,;\\[]{6,}/gi,
  /(authorization\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?)[^\s"'`,;\\[]{16,}/gi,
  /(\bbearer\s{1,4})[A-Za-z0-9._~+/=-]{16,}/gi,
  // scheme://user:password@host, and a long token alone before the @
  /(:\/\/[^\s/:@"'`<>]*:)[^\s/"'`<>[]+(?=@)/g,
  /(:\/\/)[^\s/:@"'`<>[]{16,}(?=@)/g,
  // PASSWORD=…, but not what refers to it, such as PASSWORD=$OTHER
  new RegExp(String.raw`(${NAME}\\?["']?=\\?["']?)[^\s"'\`&,;<>(){}$\\[][^\s"'\`&;,\\]{5,}`, 'gi'),
  // "password": "…"
  new RegExp(String.raw`(${NAME}\\?["']?\s{0,4}[:=]\s{0,4}\\?["'])[^\s"'\`<>(){}$\\[][^\s"'\`\\]{5,}`, 'gi'),
  // password: …, when it has a digit, as few words have
  new RegExp(String.raw`(${NAME}:\s{1,4})(?=[^\s\d]*\d)[^\s"'\`<>(){}$\\[][^\s"'\`,;\\]{7,}`, 'gi'),
  // --token …
  new RegExp(String.raw`(--[a-z-]{0,32}${NAME}\s{1,4})[^\s"'\`<>(){}$\\[-][^\s"'\`\\]{7,}`, 'gi'),
];

const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
/** A line inside a private key, perhaps numbered or quoted; its headers too. */
const KEY_LINE = /^[\s\d>|+:"']{0,24}(?:[A-Za-z0-9+/=]*|[A-Za-z-]{1,32}: .{0,200})[\s"',+\\nr]{0,16}$/;

/**
 * The text without secrets. `known`: values that are secret wherever they stand; those of fewer than `KNOWN_CHARS_MIN` characters
 * are left.
 */
export function maskSecrets(text: string, known: readonly string[]): string {
  let inKey = false;
  return text
    .split('\n')
    .map((line) => {
      const masked = maskLine(line, known, inKey);
      inKey = masked.inKey;
      return masked.text;
    })
    .join('\n');
}

/** The same for one line of several. `inKey`: a private key began in a line before, or in this one, and has not ended. */
export function maskLine(
  line: string,
  known: readonly string[],
  inKey: boolean,
): { readonly text: string; readonly inKey: boolean } {
  let masked = '';
  let rest = line;
  let isInside = inKey && (KEY_END.test(line) || KEY_LINE.test(line));
  for (;;) {
    if (isInside) {
      const end = KEY_END.exec(rest);
      if (end === null) return { text: rest === '' ? masked : masked + MASK, inKey: true };
      masked += MASK;
      rest = rest.slice(end.index + end[0].length);
    }
    const begin = KEY_BEGIN.exec(rest);
    if (begin === null) return { text: masked + maskTokens(rest, known), inKey: false };
    masked += maskTokens(rest.slice(0, begin.index), known);
    rest = rest.slice(begin.index + begin[0].length);
    isInside = true;
    if (rest === '') return { text: masked + MASK, inKey: true };
  }
}

function maskTokens(text: string, known: readonly string[]): string {
  let masked = text;
  for (const value of secretsOf(known)) masked = masked.replaceAll(value, MASK);
  masked = masked.replace(KEYS, MASK);
  for (const place of PLACES) masked = masked.replace(place, `$1${MASK}`);
  return masked;
}

/** Longest first, since one may be part of another; those of several lines line by line. */
function secretsOf(known: readonly string[]): string[] {
  return known
    .flatMap((value) => value.split('\n'))
    .map((value) => value.trim())
    .filter((value) => value.length >= KNOWN_CHARS_MIN)
    .sort((a, b) => b.length - a.length);
}

/** Whether the name of a variable says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return /KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(?:^|_)(?:AUTH|PASS|PAT)$/i.test(name);
}

const BREAK = /[\s"'`,;<>(){}|]/;
/** Longer runs of characters without a break are no key. */
const RUN_CHARS_MAX = 4096;

/**
 * How much of the beginning of an unfinished line can be masked and shown on its own: up to the last break between words, and no
 * further than a known secret may have begun.
 */
export function maskableChars(text: string, known: readonly string[]): number {
  let end = text.length - runAtEnd(text);
  const values = secretsOf(known).map((value) => value.slice(0, KNOWN_CHARS_MAX));
  // What is held back for one value may end where another begins.
  for (let before = -1; end !== before; ) {
    before = end;
    for (const value of values) end -= overlap(text.slice(0, end), value);
  }
  return end;
}

/** The length of the word at the end; 0 when what is there can be no key. */
function runAtEnd(text: string): number {
  let isWord = false;
  for (let length = 0; length < RUN_CHARS_MAX; length += 1) {
    const char = text.at(-1 - length);
    if (char === undefined || BREAK.test(char)) return isWord ? length : 0;
    isWord ||= /[A-Za-z0-9]/.test(char);
  }
  return 0;
}

/** How many characters at the end of the text may be the beginning of the value. */
function overlap(text: string, value: string): number {
  for (let length = Math.min(text.length, value.length - 1); length > 0; length -= 1) {
    if (text.endsWith(value.slice(0, length))) return length;
  }
  return 0;
}
