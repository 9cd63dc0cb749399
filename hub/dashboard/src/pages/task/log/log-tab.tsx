// The log of a task: one attempt at a time, live, with search, addresses of lines and download.

import type { LiveTask } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { taskPageTexts } from '../../../texts/task.js';
import { Button } from '../../../ui/button.js';
import { Empty } from '../../../ui/empty.js';
import { newestOf, standingOf, stayingWith } from './attempt-standing.js';
import { downloadLog } from './download.js';
import { hashOf, type LinePlace, placeOf } from './line-place.js';
import { LogView } from './log-view.js';
import { SearchBox } from './search-box.js';
import { useLog } from './use-log.js';
import { useSearch } from './use-search.js';

const texts = taskPageTexts.log;
/** What a browser can lay out, for fingers too; of a longer log, the part around what is looked at. */
const LINES_MAX = 1_000_000;

export function LogTab({ id, task }: { readonly id: string; readonly task: LiveTask }) {
  const place = useSignal(placeOf(location.hash));
  /** The newest where nothing is chosen. */
  const chosen = useSignal(place.value?.generation);
  const generation = chosen.value ?? newestOf(task);
  const leavePlace = (): void => {
    place.value = undefined;
    history.replaceState(history.state, '', location.pathname + location.search);
  };
  useEffect(() => {
    const onHash = (): void => {
      place.value = placeOf(location.hash);
      if (place.value !== undefined) chosen.value = place.value.generation;
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);
  useEffect(() => {
    if (place.value !== undefined && place.value.generation !== generation) leavePlace();
  }, [generation]);
  if (generation === undefined || task.attempts.length === 0) {
    return (
      <Empty icon="list" title={texts.empty}>
        <p>{texts.emptyText}</p>
      </Empty>
    );
  }
  const choose = (one: number): void => {
    leavePlace();
    chosen.value = stayingWith(task, one, true);
  };
  if (standingOf(task, generation) === 'none') {
    return (
      <div class="log-tab">
        <div class="log-bar">
          <AttemptChoice task={task} generation={generation} onChoose={choose} />
        </div>
        <p class="note warn">{texts.noAttempt(generation)}</p>
      </div>
    );
  }
  return (
    <AttemptLog
      key={generation}
      {...{ id, task, generation }}
      place={place.value}
      onMark={(line) => {
        place.value = { generation, line };
        history.replaceState(history.state, '', hashOf(place.value));
      }}
      onChoose={choose}
      onFollow={(is) => {
        chosen.value = stayingWith(task, generation, is);
      }}
    />
  );
}

interface AttemptChoiceProps {
  readonly task: LiveTask;
  readonly generation: number;
  readonly onChoose: (generation: number) => void;
}

function AttemptChoice({ task: { attempts, attemptsDropped }, generation, onChoose }: AttemptChoiceProps) {
  const isListed = attempts.some((one) => one.generation === generation);
  if (isListed && attempts.length === 1) return null;
  return (
    <select
      class="input log-attempt"
      aria-label={texts.attempt}
      value={String(generation)}
      onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
    >
      {!isListed && <option value={String(generation)}>{texts.attemptOf(generation)}</option>}
      {attempts.map(({ generation: one, agent }, i) => (
        <option key={one} value={String(one)}>
          {texts.attemptOf(attemptsDropped + i + 1, agent)}
        </option>
      ))}
    </select>
  );
}

interface AttemptLogProps extends AttemptChoiceProps {
  readonly id: string;
  readonly place: LinePlace | undefined;
  readonly onMark: (line: number) => void;
  /** Somebody begins to follow it, or lets go of it. */
  readonly onFollow: (isFollowing: boolean) => void;
}

function AttemptLog({ id, task, generation, place, onMark, onChoose, onFollow }: AttemptLogProps) {
  const { lines, round, state, counted, see } = useLog(id, generation);
  const { total } = lines;
  const marked = place?.generation === generation ? place.line : undefined;
  const goTo = useSignal<{ readonly line: number } | undefined>(undefined);
  const isFollowing = useSignal(marked === undefined);
  const hasScrolled = useSignal(false);
  /** Of how many lines somebody knows who does not follow; none before the first answer. */
  const seenTo = useSignal<number | undefined>(undefined);
  const base = useSignal(0);

  const show = (line: number): void => {
    if (line <= base.value || line > base.value + LINES_MAX) base.value = baseAround(line, total);
    goTo.value = { line };
  };
  useEffect(() => {
    if (round > 0) seenTo.value ??= total;
  }, [round]);
  const follow = (is: boolean): void => {
    if (!is && isFollowing.value && round > 0) seenTo.value = total;
    isFollowing.value = is;
    hasScrolled.value = false;
    onFollow(is);
  };
  // The line that the address names, once it is there.
  const reached = useRef<LinePlace | undefined>(undefined);
  useEffect(() => {
    if (marked !== undefined) follow(false);
  }, [place]);
  useEffect(() => {
    if (reached.current === place || marked === undefined || total < marked) return;
    reached.current = place;
    show(marked);
  }, [round, place]);
  useEffect(() => {
    if (isFollowing.value && total > base.value + LINES_MAX) base.value = total - 0.9 * LINES_MAX;
  }, [total, isFollowing.value]);
  const search = useSearch(id, generation, total);
  const isOver = state === 'ended' || standingOf(task, generation) === 'over';
  const newLines = total - (seenTo.value ?? total);
  const count = Math.min(total - base.value, LINES_MAX);
  return (
    <div class="log-tab">
      <div class="log-bar">
        <AttemptChoice {...{ task, generation, onChoose }} />
        <SearchBox search={search} at={marked} onFind={onMark} />
        <span class="push" />
        <span class="muted numbers nowrap">
          {state === 'counting' && counted > 0 ? texts.counting(counted) : texts.lines(total)}
        </span>
        {!isOver && (
          <Button icon={isFollowing.value ? 'check' : 'arrow'} onClick={() => follow(!isFollowing.value)}>
            {isFollowing.value ? texts.following : texts.follow}
          </Button>
        )}
        <Button icon="down" onClick={() => void downloadLog(id, generation)}>
          {texts.download}
        </Button>
      </div>
      {base.value > 0 && (
        <p class="note">
          {texts.before(base.value)} <Button onClick={() => show(1)}>{texts.showStart}</Button>
        </p>
      )}
      {state === 'lost' && <p class="note warn">{texts.lost}</p>}
      {state === 'failed' && <p class="note bad">{texts.failed}</p>}
      {marked !== undefined && marked > total && total > 0 && <p class="note warn">{texts.short(total)}</p>}
      {total === 0 && round > 0 && isOver ? (
        <p class="muted">{texts.none}</p>
      ) : (
        <div class="log-place">
          <LogView
            {...{ log: lines, round, base: base.value, count, marked, goTo: goTo.value, found: search.set }}
            searched={search.text}
            isFollowing={isFollowing.value && state !== 'ended'}
            onSight={see}
            onMark={onMark}
            onFollow={(is) => {
              follow(is);
              hasScrolled.value = !is;
            }}
          />
          {total === 0 && state === 'reading' && <p class="log-empty muted">{texts.emptyText}</p>}
          {!isFollowing.value && !isOver && (
            <div class="log-behind" role="status">
              {hasScrolled.value ? texts.letGo : texts.notFollowing}
              <Button kind="primary" icon="arrow" onClick={() => follow(true)}>
                {newLines > 0 ? texts.newLines(newLines) : texts.follow}
              </Button>
            </div>
          )}
        </div>
      )}
      {base.value + count < total && (
        <p class="note">
          {texts.behind(total - base.value - count)} <Button onClick={() => show(total)}>{texts.showEnd}</Button>
        </p>
      )}
    </div>
  );
}

/** How many lines are left out before the part that has the line in its middle. */
function baseAround(line: number, total: number): number {
  return Math.max(0, Math.min(line - LINES_MAX / 2, total - LINES_MAX));
}
