// The text of a line of output as a page shows it: its colours, and nothing else that it would have a terminal do. Pure.

import Anser from 'anser';

/** Colours of the theme, and how a part is written. */
export interface Part {
  readonly text: string;
  /** Names of classes. */
  readonly look: readonly string[];
}

/** Titles, links, clipboards: strings that a terminal takes as a command. */
const COMMANDS = /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;
const SEQUENCES = /\u001b\[([0-?]*)([ -/]*)([@-~])/g;
const COLOUR = /\u001b\[[0-9;]*m/g;
/** What controls a terminal or turns the direction of text. */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const ALL_CONTROLS = new RegExp(CONTROLS, 'g');
/** Colours that are remembered from line to line. */
const CARRIED = 8;

/** Only text and colours are left; of what a program writes over itself, the last. */
function withColours(line: string): string {
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

/** As it is searched and copied. */
export function plainText(line: string): string {
  return withColours(line).replace(COLOUR, '');
}

/** The colours that hold after the line, given those that held before it. */
export function carriedAfter(line: string, before: string): string {
  if (!line.includes('\u001b')) return before;
  let carried: readonly string[] = before.match(COLOUR) ?? [];
  for (const code of line.match(COLOUR) ?? []) {
    if (/^.\[0*m$/.test(code)) carried = [];
    else carried = [...carried, code].slice(-CARRIED);
  }
  return carried.join('');
}

export function partsOf(line: string, carried = ''): readonly Part[] {
  const text = carried + withColours(line);
  if (!text.includes('\u001b')) return [{ text, look: [] }];
  return Anser.ansiToJson(text, { json: true, use_classes: true, remove_empty: true }).map((entry) => ({
    text: entry.content,
    look: [
      toneOf(entry.fg, entry.fg_truecolor),
      ...entry.decorations.filter((one) => DECORATIONS.has(one)).map((one) => `ansi-${one}`),
    ].filter((one) => one !== undefined),
  }));
}

const DECORATIONS = new Set<string>(['bold', 'dim', 'italic', 'underline', 'strikethrough']);
const TONES = ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta'] as const;
type Tone = (typeof TONES)[number];

/** One of the colours of the theme, which can be read on any background of ours; undefined is the colour of text. */
function toneOf(colour: string | null, exact: string | null): string | undefined {
  if (!colour) return undefined;
  const named = /^ansi-(?:bright-)?([a-z]+)$/.exec(colour)?.[1];
  if (named !== undefined && named !== 'truecolor') {
    if ((TONES as readonly string[]).includes(named)) return `ansi-${named}`;
    return named === 'black' && colour !== 'ansi-black' ? 'ansi-dim' : undefined;
  }
  const palette = /^ansi-palette-(\d+)$/.exec(colour)?.[1];
  const rgb = palette === undefined ? (exact ?? '').split(',').map(Number) : paletteColour(Number(palette));
  const tone = nearestTone(rgb[0] ?? 0, rgb[1] ?? 0, rgb[2] ?? 0);
  return tone && `ansi-${tone}`;
}

/** The 6 × 6 × 6 colours; greys are like text. */
function paletteColour(n: number): readonly number[] {
  if (n < 16 || n > 231) return [0, 0, 0];
  const at = n - 16;
  return [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((part) => part * 51);
}

function nearestTone(red: number, green: number, blue: number): Tone | undefined {
  const high = Math.max(red, green, blue);
  const range = high - Math.min(red, green, blue);
  if (range < 40) return undefined;
  const sixth =
    high === red ? (green - blue) / range : high === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  return TONES[Math.round((sixth + 6) % 6) % 6];
}
