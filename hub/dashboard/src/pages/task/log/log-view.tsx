// The lines of a log that are in sight; those that are not here yet keep their places.

import { plainText } from '@agentcom/schemas/terminal-text';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { taskPageTexts } from '../../../texts/task.js';
import { isCoarse, useVirtualRows } from '../../../ui/virtual.js';
import { partsOf } from './ansi.js';
import { isErrorLine } from './line-place.js';
import type { LogWindow, ShownLine } from './log-window.js';
import { type MarkedPart, withMatches } from './matches.js';

const texts = taskPageTexts.log;
const LINE_PX = isCoarse() ? 22 : 18;
/** How near the end still counts as the end. */
const NEAR_PX = 2 * LINE_PX;

interface LogViewProps {
  readonly log: LogWindow;
  /** Changes with the lines. */
  readonly round: number;
  /** The lines that can be scrolled to: as many, behind so many. */
  readonly base: number;
  readonly count: number;
  readonly marked: number | undefined;
  /** A line to bring into sight; another object each time. */
  readonly goTo: { readonly line: number } | undefined;
  readonly found: ReadonlySet<number>;
  /** What is searched for. */
  readonly searched: string;
  readonly isFollowing: boolean;
  readonly onSight: (first: number, last: number) => void;
  readonly onMark: (line: number) => void;
  /** Somebody has scrolled up, or to the end. */
  readonly onFollow: (isFollowing: boolean) => void;
}

export function LogView(props: LogViewProps) {
  const { log, round, base, count, marked, goTo, found, searched, isFollowing, onSight, onMark, onFollow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(scroller, count, LINE_PX);
  const jumpedTo = useRef<number | undefined>(undefined);
  useFollowing(scroller, jumpedTo, isFollowing, onFollow, [round, rows.total]);
  useLayoutEffect(() => {
    const element = scroller.current;
    // All lines are of one height, so where it lies is known at once; the virtualizer would go on scrolling there for some frames.
    if (goTo !== undefined && element !== null) {
      element.scrollTop = (goTo.line - 0.5 - base) * LINE_PX - element.clientHeight / 2;
      jumpedTo.current = element.scrollTop;
    }
  }, [goTo]);
  const first = base + (rows.items[0]?.index ?? 0) + 1;
  const last = base + (rows.items.at(-1)?.index ?? -1) + 1;
  useLayoutEffect(() => onSight(first, last), [first, last, round]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: by keyboard, the search leads to a line and its address.
    <section
      class="log"
      ref={scroller}
      aria-label={texts.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard.
      tabIndex={0}
      onClick={({ target }) => {
        const line = Number((target as HTMLElement).dataset.line);
        if (line > 0) onMark(line);
      }}
    >
      <div class="log-lines" style={{ height: `${rows.total}px` }}>
        <div style={{ transform: `translateY(${rows.items[0]?.start ?? 0}px)` }}>
          {rows.items.map(({ index }) => {
            const n = base + index + 1;
            const mark = [marked === n && 'marked', found.has(n) && 'found'].filter(Boolean).join(' ');
            return <Line key={n} n={n} mark={mark} line={log.line(n)} searched={searched} />;
          })}
        </div>
      </div>
    </section>
  );
}

interface LineProps {
  readonly n: number;
  readonly mark: string;
  readonly line: ShownLine | undefined;
  readonly searched: string;
}

function Line({ n, mark, line, searched }: LineProps) {
  const isError = line !== undefined && isErrorLine(plainText(line.text));
  return (
    <div
      class={`log-line ${line?.stream ?? 'missing'} ${isError ? 'error' : ''} ${mark}`}
      style={{ height: `${LINE_PX}px` }}
    >
      <span class="n" data-line={n}>
        {n}
      </span>
      <span class="log-text">
        {line !== undefined && withMatches(partsOf(line.text, line.carried), searched).map(partOf)}
        {line?.cut === true && <span class="muted">{texts.cut}</span>}
      </span>
    </div>
  );
}

function partOf({ text, look, isMatch }: MarkedPart, key: number) {
  const names = look.join(' ');
  if (isMatch) {
    return (
      <mark key={key} class={names}>
        {text}
      </mark>
    );
  }
  if (names === '') return text;
  return (
    <span key={key} class={names}>
      {text}
    </span>
  );
}

/** Stays at the end until somebody scrolls up, and again from when they are back there. */
function useFollowing(
  scroller: RefObject<HTMLDivElement | null>,
  jumpedTo: { current: number | undefined },
  isFollowing: boolean,
  onFollow: (isFollowing: boolean) => void,
  changes: readonly unknown[],
): void {
  const latest = useRef({ isFollowing, onFollow });
  latest.current = { isFollowing, onFollow };
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && isFollowing) element.scrollTop = element.scrollHeight;
  }, [isFollowing, ...changes]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    let top = element.scrollTop;
    const onScroll = (): void => {
      const isUp = element.scrollTop < top - 1;
      top = element.scrollTop;
      // Nobody has scrolled there.
      if (top === jumpedTo.current) return;
      jumpedTo.current = undefined;
      const isAtEnd = element.scrollHeight - element.clientHeight - top <= NEAR_PX;
      const wanted = latest.current.isFollowing ? !isUp || isAtEnd : isAtEnd && !isUp;
      if (wanted !== latest.current.isFollowing) latest.current.onFollow(wanted);
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, []);
}
