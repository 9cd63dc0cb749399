// The keys that a terminal sends, by their names; text that is pasted comes as the characters it has.

const NAMED: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u0003': 'ctrl-c',
  '\u000c': 'ctrl-l',
  '\u0015': 'ctrl-u',
  '\u0008': 'backspace',
  '\u007f': 'backspace',
  '\u001b': 'escape',
  '\u001b[A': 'up',
  '\u001b[B': 'down',
  '\u001bOA': 'up',
  '\u001bOB': 'down',
  '\u001b[5~': 'page-up',
  '\u001b[6~': 'page-down',
  '\u001b[H': 'home',
  '\u001b[F': 'end',
  '\u001bOH': 'home',
  '\u001bOF': 'end',
  '\u001b[1~': 'home',
  '\u001b[4~': 'end',
  '\u001b[Z': 'shift-tab',
};

const PARTS = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Z])|./gsu;
const UNPRINTABLE = /^\p{Cc}/u;

/** Keys without a name here, such as F5, are left out. */
export function keysOf(sent: string): readonly string[] {
  return [...sent.matchAll(PARTS)].flatMap(([part]) => NAMED[part] ?? (UNPRINTABLE.test(part) ? [] : [part]));
}
