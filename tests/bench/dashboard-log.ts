// A log of 100 MB on the page of its task.

import { uuidv7 } from 'uuidv7';
import type { Hub } from '../support/hub.js';
import { completion, connectedAgent, workingOn } from '../support/on-hub.js';
import { MIB, rounded } from './figures.js';
import type { Row } from './part.js';
import { RARE, storeLog } from './stored-log.js';
import type { Frames, Tab } from './tab.js';

const ORG = 'default';
const LOADED_WITHIN_MS = 120_000;
const SCROLL_PX = 400;
/** What a browser that draws every frame counts, less what the count itself misses. */
const GOAL_FRAMES = 59;

export interface LogSeen {
  readonly bytes: number;
  readonly lines: number;
  /** From the beginning of the navigation, ms. */
  readonly firstLineMs: number;
  /** The same at the address of a line in its middle, of a log that the hub has counted before. */
  readonly linkMs: number;
  /** Right after the opening. */
  readonly opened: Frames;
  readonly scrolled: Frames;
  readonly jumped: Frames;
  /** Until it was known how many lines have a word, ms. */
  readonly searchMs: number;
  /** Of the tab that has it. */
  readonly heapBytes: number;
}

interface Wanted {
  readonly tab: Tab;
  readonly hub: Hub;
  readonly bytes: number;
  /** For each kind of scrolling. */
  readonly ms: number;
}

export async function readLog({ tab, hub, bytes, ms }: Wanted): Promise<LogSeen> {
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent, { title: `A build that prints ${uuidv7().slice(-4)}` });
  const lines = await storeLog(hub, { org: ORG, ...attempt }, bytes);
  await agent.ok(completion(attempt));
  await agent.close();
  const { page } = tab.person;
  const { liveMs: firstLineMs } = await tab.visit(`/tasks/${attempt.task}`);
  const opened = await tab.frames(Math.min(ms, 3_000));
  await tab.said('.log-bar', `${lines.toLocaleString('en-GB')} lines`, LOADED_WITHIN_MS);
  await tab.visit('/tasks');
  const { liveMs: linkMs } = await tab.visit(`/tasks/${attempt.task}#g1L${Math.round(lines / 2)}`);
  const scrolled = await tab.frames(ms, { selector: '.log', by: -SCROLL_PX });
  const jumped = await tab.frames(ms, { selector: '.log', by: 'anywhere' });
  const found = performance.now();
  await page.getByLabel('Search the log').fill(RARE);
  const count = Math.floor(lines / 1000).toLocaleString('en-GB');
  await tab.said('.search-field', `of ${count}`, LOADED_WITHIN_MS);
  const searchMs = performance.now() - found;
  const heapBytes = await tab.heapBytes();
  return { bytes, lines, firstLineMs, linkMs, opened, scrolled, jumped, searchMs, heapBytes };
}

/** 60 a second is what a browser draws at most. */
export function frameRow(what: string, frames: Frames): Row {
  return { what, value: framesText(frames), goal: '60', met: frames.perSecond >= GOAL_FRAMES };
}

function framesText({ perSecond, gapP99Ms, gapMaxMs, longTasksMs }: Frames): string {
  const long = longTasksMs.length === 0 ? 'no long task' : `${longTasksMs.length} long tasks`;
  return `${rounded(perSecond, 1)}; p99 ${rounded(gapP99Ms)} ms, longest ${rounded(gapMaxMs)} ms; ${long}`;
}

export function logRows(seen: LogSeen): Row[] {
  const { bytes, lines, firstLineMs, linkMs, opened, scrolled, jumped, searchMs, heapBytes } = seen;
  const what = `a log of ${rounded(bytes / 1e6)} MB, ${lines} lines`;
  return [
    {
      what: `${what}: first line, by the address of another`,
      value: `${rounded(firstLineMs)} ms, ${rounded(linkMs)} ms`,
    },
    { what: 'frames a second right after', value: framesText(opened) },
    frameRow('frames a second while it is scrolled', scrolled),
    frameRow('the same, to anywhere in each frame', jumped),
    { what: 'a word found in it; heap of the tab', value: `${rounded(searchMs)} ms; ${rounded(heapBytes / MIB)} MiB` },
  ];
}
