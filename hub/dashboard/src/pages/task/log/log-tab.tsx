// The log of a task: one attempt at a time, live, with search, addresses of lines and download.

import type { LiveTask } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { taskPageTexts } from '../../../texts/task.js';
import { Button } from '../../../ui/button.js';
import { Empty } from '../../../ui/empty.js';
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
  const { lines, round, state, counted, see } = useLog(id, generation);
  const { total } = lines;
  const place = useSignal(placeOf(location.hash));
  const goTo = useSignal<{ readonly line: number } | undefined>(undefined);
  const isFollowing = useSignal(place.value === undefined);
  const seenTo = useSignal(0);
  const base = useSignal(0);
  const marked = place.value?.generation === generation ? place.value.line : undefined;

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
  const show = (line: number): void => {
    if (line <= base.value || line > base.value + LINES_MAX) base.value = baseAround(line, total);
    goTo.value = { line };
  };
  // The line that the address names, once it is there.
  const reached = useRef<LinePlace | undefined>(undefined);
  useEffect(() => {
    if (reached.current === place.value || marked === undefined || total < marked) return;
    reached.current = place.value;
    show(marked);
  }, [round, place.value]);
  useEffect(() => {
    if (isFollowing.value && total > base.value + LINES_MAX) base.value = total - 0.9 * LINES_MAX;
  }, [total, isFollowing.value]);
  const follow = (is: boolean): void => {
    if (!is) seenTo.value = total;
    isFollowing.value = is;
  };
  const mark = (line: number): void => {
    follow(false);
    place.value = { generation, line };
    history.replaceState(history.state, '', hashOf(place.value));
  };
  const search = useSearch(id, generation, total);
  const isOver = state === 'ended';
  const count = Math.min(total - base.value, LINES_MAX);
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
      {total === 0 && isOver ? (
        <p class="muted">{texts.none}</p>
      ) : (
        <div class="log-place">
          <LogView
            {...{ log: lines, round, base: base.value, count, marked, goTo: goTo.value, found: search.set }}
            isFollowing={isFollowing.value && !isOver}
            onSight={see}
            onMark={mark}
            onFollow={follow}
          />
          {total === 0 && state === 'reading' && <p class="log-empty muted">{texts.emptyText}</p>}
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
