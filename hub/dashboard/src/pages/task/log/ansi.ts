// The text of a line of output as a page shows it: in the colours of the theme. Pure.

import { withColours } from '@agentcom/schemas/terminal-text';
import Anser from 'anser';

/** Colours of the theme, and how a part is written. */
export interface Part {
  readonly text: string;
  /** Names of classes. */
  readonly look: readonly string[];
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
