// The lines of a log that are in sight.

import { plainText } from '@agentcom/schemas/terminal-text';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { taskPageTexts } from '../../../texts/task.js';
import { isCoarse, useVirtualRows } from '../../../ui/virtual.js';
import { partsOf } from './ansi.js';
import { isErrorLine, type LogLines } from './log-lines.js';

const texts = taskPageTexts.log;
const LINE_PX = isCoarse() ? 22 : 18;
/** How near the end still counts as the end. */
const NEAR_PX = 2 * LINE_PX;

interface LogViewProps {
  readonly lines: LogLines;
  /** Changes with the lines. */
  readonly round: number;
  readonly marked: number | undefined;
  /** A line to bring into sight; another object each time. */
  readonly goTo: { readonly line: number } | undefined;
  readonly found: ReadonlySet<number>;
  readonly isFollowing: boolean;
  readonly onMark: (line: number) => void;
  readonly onFollow: (isFollowing: boolean) => void;
}

export function LogView(props: LogViewProps) {
  const { lines, round, marked, goTo, found, isFollowing, onMark, onFollow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(scroller, lines.count, LINE_PX);
  useFollowing(scroller, isFollowing, onFollow, [round, rows.total]);
  useLayoutEffect(() => {
    if (goTo !== undefined) rows.scrollTo(goTo.line - 1 - lines.dropped, 'center');
  }, [goTo]);
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
            const n = lines.dropped + index + 1;
            const mark = [marked === n && 'marked', found.has(n) && 'found'].filter(Boolean).join(' ');
            return <Line key={n} lines={lines} n={n} mark={mark} text={lines.text(n)} />;
          })}
        </div>
      </div>
    </section>
  );
}

interface LineProps {
  readonly lines: LogLines;
  readonly n: number;
  readonly mark: string;
  readonly text: string;
}

function Line({ lines, n, mark, text }: LineProps) {
  const stream = lines.stream(n);
  const isError = isErrorLine(plainText(text));
  return (
    <div class={`log-line ${stream} ${isError ? 'error' : ''} ${mark}`} style={{ height: `${LINE_PX}px` }}>
      <span class="n" data-line={n}>
        {n}
      </span>
      <span class="log-text">
        {partsOf(text, lines.carried(n)).map(({ text: part, look }, i) =>
          look.length === 0 ? (
            part
          ) : (
            <span key={i} class={look.join(' ')}>
              {part}
            </span>
          ),
        )}
      </span>
    </div>
  );
}

/** Stays at the end until somebody scrolls up, and again from when they are back there. */
function useFollowing(
  scroller: RefObject<HTMLDivElement | null>,
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
      const isAtEnd = element.scrollHeight - element.clientHeight - top <= NEAR_PX;
      const wanted = latest.current.isFollowing ? !isUp || isAtEnd : isAtEnd && !isUp;
      if (wanted !== latest.current.isFollowing) latest.current.onFollow(wanted);
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, []);
}
