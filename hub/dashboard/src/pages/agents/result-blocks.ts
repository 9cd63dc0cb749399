// The last results of an agent as blocks: the shape says how an attempt ended, so that no colour is needed. Pure.

import { RESULTS_KEPT, type ResultLetter } from '@agentcom/schemas/agent-results';

export const BLOCKS_HEIGHT = 16;
const WIDTH = 4;
const STEP = 6;
export const BLOCKS_WIDTH = RESULTS_KEPT * STEP - (STEP - WIDTH);

export type BlockTone = 'none' | 'completed' | 'failed' | 'lost' | 'limited';

const TONES: Readonly<Record<ResultLetter, BlockTone>> = {
  c: 'completed',
  f: 'failed',
  t: 'failed',
  m: 'failed',
  l: 'lost',
  u: 'limited',
};

/** What failed stands out: it is high, and what was lost is hollow. */
const HEIGHTS: Readonly<Record<BlockTone, number>> = { none: 1, completed: 7, failed: 16, lost: 16, limited: 3 };

/** One path for each tone that is there; the newest is at the right, under the newest of the other rows, and where there is none yet, a line is. */
export function blockPaths(results: string): ReadonlyMap<BlockTone, string> {
  const paths = new Map<BlockTone, string>();
  for (const [i, letter] of [...results.padStart(RESULTS_KEPT)].entries()) {
    const tone = letter === ' ' ? 'none' : (TONES[letter as ResultLetter] ?? 'failed');
    paths.set(tone, (paths.get(tone) ?? '') + blockPath(i * STEP, HEIGHTS[tone], tone === 'lost'));
  }
  return paths;
}

function blockPath(x: number, height: number, isHollow: boolean): string {
  const inset = isHollow ? 0.5 : 0;
  const [w, h] = [WIDTH - 2 * inset, height - 2 * inset];
  return `M${x + inset} ${BLOCKS_HEIGHT - height + inset}h${w}v${h}h-${w}z`;
}
