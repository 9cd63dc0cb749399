// One tab of a real browser, and what is measured in it: how soon it shows something, its frames, the moment a change is drawn, and its heap.

import type { CDPSession } from 'playwright-core';
import type { Person } from '../support/browser.js';

/** What pages have of the browser; the functions that use it run there. */
interface InPage {
  readonly document: {
    querySelector(selector: string): { textContent: string | null; scrollTop: number; scrollHeight: number } | null;
  };
  readonly performance: {
    now(): number;
    getEntriesByName(name: string): readonly { readonly startTime: number }[];
  };
  readonly PerformanceObserver: new (
    heard: (list: { getEntries(): readonly { readonly duration: number }[] }) => void,
  ) => { observe(what: { readonly type: string }): void; disconnect(): void };
  readonly MutationObserver: new (
    heard: () => void,
  ) => { observe(node: unknown, what: Readonly<Record<string, boolean>>): void; disconnect(): void };
  requestAnimationFrame(run: (at: number) => void): void;
  firstAt?: number;
}

export interface Visit {
  /** From the beginning of the navigation until anything is drawn, ms. */
  readonly paintMs: number;
  /** The same until the first row of a list, which comes over the live socket, or the first line of a log. */
  readonly liveMs: number;
}

export interface Frames {
  readonly perSecond: number;
  /** Between two frames, ms. */
  readonly gapP99Ms: number;
  readonly gapMaxMs: number;
  /** Of 50 ms and more, each in ms. */
  readonly longTasksMs: readonly number[];
}

/** What is done with an element in each frame, px: on by so much, or to anywhere. */
export interface Scrolling {
  readonly selector: string;
  readonly by: number | 'anywhere';
}

const FIRST = 'tbody tr[data-row], .log-line:not(.missing)';
const LIVE_WITHIN_MS = 20_000;

export class Tab {
  private constructor(
    readonly person: Person,
    private readonly devtools: CDPSession,
  ) {}

  static async of(person: Person): Promise<Tab> {
    const { page, context } = person;
    await page.addInitScript((selector) => {
      const { document, performance, MutationObserver, requestAnimationFrame } = globalThis as unknown as InPage;
      const inPage = globalThis as unknown as InPage;
      const look = (): void => {
        if (document.querySelector(selector) === null) return;
        observer.disconnect();
        requestAnimationFrame(() => {
          inPage.firstAt = performance.now();
        });
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { childList: true, subtree: true });
    }, FIRST);
    return new Tab(person, await context.newCDPSession(page));
  }

  /** As somebody who has never been there: nothing is kept by the browser. */
  async visit(path: string): Promise<Visit> {
    const { page } = this.person;
    await this.devtools.send('Network.enable');
    await this.devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    await this.devtools.send('Network.setBypassServiceWorker', { bypass: true });
    await page.goto(path);
    await page.waitForFunction(() => (globalThis as unknown as InPage).firstAt !== undefined, undefined, {
      timeout: LIVE_WITHIN_MS,
    });
    const visit = await page.evaluate(() => {
      const { performance, firstAt } = globalThis as unknown as InPage;
      return { paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime, liveMs: firstAt };
    });
    await this.devtools.send('Network.disable');
    return { paintMs: visit.paintMs ?? Number.NaN, liveMs: visit.liveMs ?? Number.NaN };
  }

  /** Counts frames for so long, while something scrolls or nothing is done. */
  async frames(ms: number, scrolling?: Scrolling): Promise<Frames> {
    const { gaps, longTasksMs } = await this.person.page.evaluate(countFrames, { ms, scrolling });
    const sorted = gaps.toSorted((a, b) => a - b);
    const total = gaps.reduce((sum, gap) => sum + gap, 0);
    return {
      perSecond: (gaps.length * 1000) / total,
      gapP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      gapMaxMs: sorted.at(-1) ?? Number.NaN,
      longTasksMs,
    };
  }

  /** Resolves with the time, ms since 1970, of the frame in which the row has the text. */
  rowSaid(id: string, text: string): Promise<number> {
    return this.person.page.evaluate(untilSaid, { selector: `[data-row="${id}"]`, text });
  }

  /** Until an element has the text, looked at in each frame. */
  async said(selector: string, text: string, timeout: number): Promise<void> {
    await this.person.page.waitForFunction(
      (wanted) => {
        const { document } = globalThis as unknown as InPage;
        return document.querySelector(wanted.selector)?.textContent?.includes(wanted.text) === true;
      },
      { selector, text },
      { timeout },
    );
  }

  /** What is in use after a collection of garbage. */
  async heapBytes(): Promise<number> {
    await this.devtools.send('HeapProfiler.collectGarbage');
    return (await this.devtools.send('Runtime.getHeapUsage')).usedSize;
  }
}

function countFrames({ ms, scrolling }: { readonly ms: number; readonly scrolling: Scrolling | undefined }) {
  const { document, PerformanceObserver, requestAnimationFrame } = globalThis as unknown as InPage;
  return new Promise<{ gaps: number[]; longTasksMs: number[] }>((resolve) => {
    const gaps: number[] = [];
    const longTasksMs: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasksMs.push(duration);
    });
    observer.observe({ type: 'longtask' });
    let first = 0;
    let last = 0;
    const scroll = ({ selector, by }: Scrolling): void => {
      const element = document.querySelector(selector);
      if (element === null) return;
      if (by === 'anywhere') element.scrollTop = Math.random() * element.scrollHeight;
      else element.scrollTop += by;
    };
    const step = (at: number): void => {
      if (first === 0) first = at;
      else gaps.push(at - last);
      last = at;
      if (scrolling !== undefined) scroll(scrolling);
      if (at - first < ms) return requestAnimationFrame(step);
      observer.disconnect();
      resolve({ gaps, longTasksMs });
    };
    requestAnimationFrame(step);
  });
}

function untilSaid({ selector, text }: { readonly selector: string; readonly text: string }): Promise<number> {
  const { document, MutationObserver, requestAnimationFrame } = globalThis as unknown as InPage;
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.querySelector(selector)?.textContent?.includes(text) !== true) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(Date.now()));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, characterData: true });
    look();
  });
}
