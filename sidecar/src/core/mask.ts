// Takes out of a text what looks like a secret, before it leaves the machine.

import { FORM_AT, FORM_CHARS_MIN, FORM_IN_WORD, PLACE_HINT, PLACES } from './secret-forms.js';

export const MASK = '[masked]';

/** Shorter values are too likely to be part of something else. */
export const KNOWN_CHARS_MIN = 8;
const KNOWN_CHARS_MAX = 4096;

/** Colours and links of a terminal, also as JSON or a shell writes them. */
const ESCAPES =
  /(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\\e)(?:\[[0-9;:?]{0,32}[A-Za-z]|\]8;[^;\x07\x1b]{0,64};[^\s\x07\x1b]{0,1024}(?:\x07|\x1b\\))/g;
/** One that may go on where the text ends. */
const ESCAPE_BEGUN =
  /(?:\x1b|\\(?:u0?0?1?|u001[bB]|x1?|x1[bB]|03?|033|e)?)(?:\[[0-9;:?]{0,32}|\]8?;?[^\s\x07]{0,1024})?$/;

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

/** A secret may be parted by colours: where one is found, they are left out of the line. */
function maskTokens(text: string, known: readonly string[]): string {
  const plain = withoutEscapes(text);
  const masked = maskPlain(plain, known);
  return masked === plain ? text : masked;
}

function withoutEscapes(text: string): string {
  return text.includes('\x1b') || text.includes('\\') ? text.replace(ESCAPES, '') : text;
}

function maskPlain(text: string, known: readonly string[]): string {
  let masked = text;
  for (const value of secretsOf(known)) masked = masked.replaceAll(value, MASK);
  masked = maskForms(masked);
  if (!PLACE_HINT.test(masked)) return masked;
  for (const { hint, pattern } of PLACES) {
    if (hint.test(masked)) masked = masked.replace(pattern, maskBehindGroups);
  }
  return masked;
}

/** The groups are what stands before the secret. */
function maskBehindGroups(_match: string, ...groups: readonly unknown[]): string {
  // Behind them come the place of the match and the text.
  return `${groups.slice(0, -2).join('')}${MASK}`;
}

/** Looks only at long words, of which most lines have few. */
function maskForms(text: string): string {
  let masked = '';
  let kept = 0;
  for (let at = 0; at < text.length; ) {
    const begin = at;
    while (isWordCode(text.charCodeAt(at))) at += 1;
    if (at - begin >= FORM_CHARS_MIN) {
      // A line feed that is written as `\n`, as in JSON, is no part of the word.
      FORM_AT.lastIndex = text[begin - 1] === '\\' ? begin + 1 : begin;
      const from = FORM_AT.lastIndex;
      if (FORM_AT.test(text)) {
        masked += `${text.slice(kept, from)}${MASK}`;
        at = FORM_AT.lastIndex;
        kept = at;
        continue;
      }
      const word = text.slice(begin, at);
      const inWord = word.replace(FORM_IN_WORD, MASK);
      if (inWord !== word) {
        masked += text.slice(kept, begin) + inWord;
        kept = at;
      }
    }
    at += 1;
  }
  return kept === 0 ? text : masked + text.slice(kept);
}

/** Letters, digits, `_` and `-`. */
function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    code === 95 ||
    code === 45
  );
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
  return /KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|COOKIE|(?:^|_)(?:AUTH|PASS|PAT)$|_PWD$/i.test(name);
}

/** Whether the value of a variable is an address with credentials in it, by its name and what is in it. */
export function isSecretAddress(name: string, value: string): boolean {
  return /(?:^|_)(?:DSN|DATABASE_UR[IL]|CONN(?:ECTION)?_?STR(?:ING)?)$/i.test(name) && /[@=]/.test(value);
}

const BREAK = /[\s"'`,;(){}|]/;
/** An address in which a password may still go on, whatever it is made of. */
const ADDRESS_BEGUN = /:\/\/[^\s"'`<>]{0,1024}$/;
/** Longer runs of characters without a break are no key. */
const RUN_CHARS_MAX = 4096;

/**
 * How much of the beginning of an unfinished line can be masked and shown on its own: up to the last break between words, and no
 * further than a known secret may have begun.
 */
export function maskableChars(text: string, known: readonly string[]): number {
  const begun = ESCAPE_BEGUN.exec(text.slice(-RUN_CHARS_MAX));
  const whole = begun === null ? text : text.slice(0, -begun[0].length);
  return withEscapes(whole, maskablePlainChars(withoutEscapes(whole), known));
}

function maskablePlainChars(text: string, known: readonly string[]): number {
  let end = text.length - runAtEnd(text);
  const address = ADDRESS_BEGUN.exec(text.slice(-RUN_CHARS_MAX));
  if (address !== null) end = Math.min(end, text.length - address[0].length);
  const values = secretsOf(known).map((value) => value.slice(0, KNOWN_CHARS_MAX));
  // What is held back for one value may end where another begins.
  for (let before = -1; end !== before; ) {
    before = end;
    for (const value of values) end -= overlap(text.slice(0, end), value);
  }
  return end;
}

/** The length of the beginning that has so many characters which are no part of an escape; one at its end goes with it. */
function withEscapes(text: string, plainChars: number): number {
  let at = plainChars;
  for (const { index, 0: code } of text.matchAll(ESCAPES)) {
    if (index > at) break;
    at += code.length;
  }
  return at;
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
