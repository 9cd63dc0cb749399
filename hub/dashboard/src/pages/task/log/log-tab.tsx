// The log of a task: one attempt at a time, live, with search, addresses of lines and download.

import type { LiveTask } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useShortcuts } from '../../../keys/shortcuts.js';
import { taskPageTexts } from '../../../texts/task.js';
import { Button } from '../../../ui/button.js';
import { Empty } from '../../../ui/empty.js';
import { Icon } from '../../../ui/icon.js';
import { downloadLog } from './download.js';
import { followLog, type LogState } from './follow.js';
import { hashOf, LogLines, placeOf } from './log-lines.js';
import { LogView } from './log-view.js';
import { type LogSearch, nextMatch, searchOn } from './search.js';

const texts = taskPageTexts.log;
/** How often new lines are drawn; of a log with very many, less often, since each time costs more. */
const DRAW_MS = 100;
const LINES_FOR_MS = 5_000;

export function LogTab({ id, task }: { readonly id: string; readonly task: LiveTask }) {
  const { attempts } = task;
  const chosen = useSignal<number | undefined>(placeOf(location.hash)?.generation);
  const generation = chosen.value ?? attempts.at(-1)?.generation;
  if (generation === undefined) {
    return (
      <Empty icon="list" title={texts.empty}>
        <p>{texts.emptyText}</p>
      </Empty>
    );
  }
  return (
    <AttemptLog key={generation} id={id} task={task} generation={generation} onChoose={(one) => (chosen.value = one)} />
  );
}

interface AttemptLogProps {
  readonly id: string;
  readonly task: LiveTask;
  readonly generation: number;
  readonly onChoose: (generation: number) => void;
}

function AttemptLog({ id, task, generation, onChoose }: AttemptLogProps) {
  const { attempts } = task;
  const lines = useMemo(() => new LogLines(), []);
  const round = useSignal(0);
  const state = useSignal<LogState>('reading');
  const place = useSignal(placeOf(location.hash));
  const goTo = useSignal<{ readonly line: number } | undefined>(undefined);
  const isFollowing = useSignal(place.value === undefined);
  const seenTo = useSignal(0);
  const marked = place.value?.generation === generation ? place.value.line : undefined;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (): void => {
      timer = undefined;
      round.value += 1;
    };
    const leave = followLog(id, generation, {
      onPiece: (piece) => {
        lines.append(piece);
        timer ??= setTimeout(draw, DRAW_MS + lines.count / LINES_FOR_MS);
      },
      onState: (next) => {
        state.value = next;
      },
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, []);
  useEffect(() => {
    const onHash = (): void => {
      const to = placeOf(location.hash);
      place.value = to;
      if (to === undefined) return;
      if (to.generation !== generation) return onChoose(to.generation);
      isFollowing.value = false;
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);
  // The line that the address names, once it is there.
  const reached = useRef(place.value);
  useEffect(() => {
    reached.current = undefined;
  }, [place.value]);
  useEffect(() => {
    if (reached.current === place.value || marked === undefined || lines.dropped + lines.count < marked) return;
    reached.current = place.value;
    goTo.value = { line: marked };
  }, [round.value, place.value]);
  const total = lines.dropped + lines.count;
  const follow = (is: boolean): void => {
    if (!is) seenTo.value = lines.dropped + lines.count;
    isFollowing.value = is;
  };
  const mark = (line: number): void => {
    follow(false);
    place.value = { generation, line };
    history.replaceState(history.state, '', hashOf(place.value));
  };
  const search = useSearch(lines, round.value);
  const isOver = state.value === 'ended';
  return (
    <div class="log-tab">
      <div class="log-bar">
        {attempts.length > 1 && (
          <select
            class="input log-attempt"
            aria-label={texts.attempt}
            value={String(generation)}
            onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
          >
            {attempts.map(({ generation: one, agent }, i) => (
              <option key={one} value={String(one)}>
                {texts.attemptOf(task.attemptsDropped + i + 1, agent)}
              </option>
            ))}
          </select>
        )}
        <SearchBox search={search} at={marked} onFind={mark} />
        <span class="push" />
        <span class="muted numbers nowrap">{texts.lines(total)}</span>
        {!isOver && (
          <Button icon={isFollowing.value ? 'check' : 'arrow'} onClick={() => follow(!isFollowing.value)}>
            {isFollowing.value ? texts.following : texts.follow}
          </Button>
        )}
        <Button icon="down" onClick={() => void downloadLog(id, generation)}>
          {texts.download}
        </Button>
      </div>
      {lines.dropped > 0 && <p class="note warn">{texts.dropped(lines.dropped)}</p>}
      {state.value === 'lost' && <p class="note warn">{texts.lost}</p>}
      {state.value === 'failed' && <p class="note bad">{texts.failed}</p>}
      {total === 0 && isOver ? (
        <p class="muted">{texts.none}</p>
      ) : (
        <div class="log-place">
          <LogView
            lines={lines}
            round={round.value}
            marked={marked}
            goTo={goTo.value}
            found={search.set}
            isFollowing={isFollowing.value && !isOver}
            onMark={mark}
            onFollow={follow}
          />
          {total === 0 && <p class="log-empty muted">{texts.emptyText}</p>}
          {!isFollowing.value && !isOver && (
            <div class="log-behind" role="status">
              {texts.letGo}
              <Button kind="primary" icon="arrow" onClick={() => follow(true)}>
                {total > seenTo.value ? texts.newLines(total - seenTo.value) : texts.follow}
              </Button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

interface Search {
  readonly text: string;
  readonly found: readonly number[];
  readonly set: ReadonlySet<number>;
  readonly isLooking: boolean;
  readonly change: (text: string) => void;
}

/** Goes through the lines that are there, and through those that come. */
function useSearch(lines: LogLines, round: number): Search {
  const text = useSignal('');
  const progress = useSignal<LogSearch>({ found: [], upTo: 0 });
  const { found, upTo } = progress.value;
  const isLooking = text.value !== '' && upTo < lines.dropped + lines.count;
  useEffect(() => {
    if (!isLooking) return undefined;
    const timer = setTimeout(() => {
      progress.value = searchOn(progress.value, lines, text.value);
    });
    return () => clearTimeout(timer);
  }, [text.value, progress.value, round]);
  const set = useMemo(() => new Set(found), [found]);
  const change = (next: string): void => {
    progress.value = { found: [], upTo: 0 };
    text.value = next;
  };
  return { text: text.value, found, set, isLooking, change };
}

interface SearchBoxProps {
  readonly search: Search;
  readonly at: number | undefined;
  readonly onFind: (line: number) => void;
}

function SearchBox({ search, at, onFind }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  const { text, found, isLooking, change } = search;
  useShortcuts({ '/': () => input.current?.focus() });
  const go = (step: 1 | -1): void => {
    const line = nextMatch(found, at, step);
    if (line !== undefined) onFind(line);
  };
  const position = at === undefined ? 0 : found.indexOf(at) + 1;
  return (
    <search class="log-search">
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        type="text"
        autocomplete="off"
        spellcheck={false}
        aria-label={texts.search}
        placeholder={texts.search}
        value={text}
        onInput={({ currentTarget }) => change(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {text !== '' && (
        <>
          <span class="muted numbers nowrap" role="status">
            {found.length > 0 ? texts.found(position, found.length) : isLooking ? texts.looking : texts.nothing}
          </span>
          <Button kind="quiet" icon="up" label={texts.previous} onClick={() => go(-1)} />
          <Button kind="quiet" icon="chevron" label={texts.next} onClick={() => go(1)} />
        </>
      )}
    </search>
  );
}
