// Text as a program prints it for a terminal, without what a terminal would do on reading it. Pure.

/** Titles, links, clipboards: strings that a terminal takes as a command. */
const COMMANDS = /\u001b[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)/g;
const SEQUENCES = /\u001b\[([0-?]*)([ -/]*)([@-~])/g;
const COLOUR = /\u001b\[[0-9;]*m/g;
const RESET = '\u001b[0m';
/** What controls a terminal or turns the direction of text. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const ALL_CONTROLS = new RegExp(CONTROLS, 'g');
/** Colours that are remembered from line to line. */
const CARRIED = 8;

/** Only text and colours of one line are left; of what a program writes over itself, the last. */
export function withColours(line: string): string {
  if (!CONTROLS.test(line)) return line;
  const kept = line
    .replace(COMMANDS, '')
    .replace(SEQUENCES, (all, parameters: string, between: string, final: string) =>
      final === 'm' && between === '' && /^[0-9;]*$/.test(parameters) ? all : '',
    )
    .replace(/\r+$/, '');
  const last = kept.slice(kept.lastIndexOf('\r') + 1);
  return last
    .split(/(\u001b\[[0-9;]*m)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(ALL_CONTROLS, '·')))
    .join('');
}

/** One line as it is searched and copied. */
export function plainText(line: string): string {
  return withColours(line).replace(COLOUR, '');
}

/** Any number of lines, without sequences; more may be left of a line than `plainText` leaves, never less. */
export function withoutSequences(text: string): string {
  return text.includes('\u001b') ? text.replace(COMMANDS, '').replace(SEQUENCES, '') : text;
}

/** The colours that hold behind the text, given those that held before it. */
export function carriedAfter(text: string, before: string): string {
  if (!text.includes('\u001b')) return before;
  const reset = text.lastIndexOf(RESET);
  const colours = (reset < 0 ? text : text.slice(reset)).match(COLOUR) ?? [];
  let carried: readonly string[] = reset < 0 ? (before.match(COLOUR) ?? []) : [];
  for (const code of colours) {
    if (/^.\[0*m$/.test(code)) carried = [];
    else carried = [...carried, code].slice(-CARRIED);
  }
  return carried.join('');
}
