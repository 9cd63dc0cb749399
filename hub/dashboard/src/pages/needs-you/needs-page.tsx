// All that waits for a person, in one list: answered, requeued, acknowledged or snoozed where it stands.

import type { LiveNeed } from '@agentcom/schemas';
import { rowOrder } from '@agentcom/schemas/query';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { BulkBar } from '../../bulk/bulk-bar.js';
import { now } from '../../clock.js';
import { formatSpan } from '../../format.js';
import { useShortcuts } from '../../keys/shortcuts.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { storedValue } from '../../stored.js';
import { needsTexts as texts } from '../../texts/needs-you.js';
import { useAddress } from '../../ui/address.js';
import { announce } from '../../ui/announce.js';
import { Button } from '../../ui/button.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ListError } from '../../ui/list-error.js';
import { QueryBox } from '../../ui/query-box.js';
import { askedQuery } from '../../ui/query-days.js';
import { useSelection } from '../../ui/selection.js';
import { toast } from '../../ui/toast.js';
import { RequeueDialog } from '../dead-letters/requeue-dialog.js';
import { repoName } from '../tasks/repo-name.js';
import { acknowledge, answer } from './actions.js';
import { beyondShown, choiceOf, needGroups } from './need-groups.js';
import { NeedItem } from './need-item.js';
import { NothingMatches, NothingNeedsYou } from './nothing.js';
import { isSnoozed, snoozeKey, snoozesFrom, withoutSnoozes, withSnooze } from './snoozed.js';
import '../tasks/tasks.css';
import './needs-you.css';

const ROWS = 200;
const MOST_URGENT_FIRST = { key: 'urgency', descending: false };
const HOUR_MS = 3_600_000;

const snoozes = storedValue('snoozed', snoozesFrom);

export function NeedsPage() {
  const { query, change } = useAddress();
  const { q = '' } = query;
  const live = useLive({
    kind: 'needs-you',
    limit: ROWS,
    ...(q !== '' && { q: askedQuery('needs-you', q) }),
  });
  const { list, error } = live;
  const requeueing = useSignal<LiveNeed['deadLetters']>(undefined);
  const all = useComputed(() => shownRows(list.value));
  const groups = useComputed(() => needGroups(all.value.filter((need) => !isSnoozed(snoozes.value, need, now.value))));
  const needs = useComputed(() => groups.value.flatMap((group) => group.needs));
  const hidden = all.value.length - needs.value.length;
  const { total, waiting, seq, gone, rows } = list.value;
  const beyond = beyondShown(total, rows.size, gone.size);
  const waitingShown = waiting
    .map((id) => list.value.rows.get(id))
    .filter((need) => need !== undefined && !isSnoozed(snoozes.value, need, now.value)).length;
  const selection = useSelection({
    ids: () => needs.value.map(({ id }) => id),
    onPeek: (id) => focusIn(id, 'summary, .answer, a, button'),
    onOpen: (id) => focusIn(id, 'button, a'),
    onLeave: () => {
      selection.active.value = undefined;
    },
  });
  const active = needs.value.find(({ id }) => id === selection.active.value);
  const snooze = (need: LiveNeed, hours: number): void => {
    const key = snoozeKey(need);
    snoozes.value = withSnooze(snoozes.value, key, now.value + hours * HOUR_MS, now.value);
    const undo = (): void => {
      snoozes.value = withoutSnoozes(snoozes.value, [key]);
    };
    toast(texts.snoozed(formatSpan(hours * HOUR_MS)), { undo: { label: texts.unsnooze, run: undo } });
  };
  const choose = (digit: number): void => {
    const choice = active && !gone.has(active.id) ? choiceOf(active, digit) : undefined;
    if (active !== undefined && choice !== undefined) void answer(active, choice);
  };
  useShortcuts({
    ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [String(i + 1), () => choose(i + 1)])),
    a: () => {
      if (active?.kind === 'question') focusIn(active.id, '.answer');
      else if (active?.alert !== undefined) void acknowledge(active.alert);
    },
    s: () => {
      if (active !== undefined) snooze(active, 1);
    },
  });
  useEffect(() => {
    if (total !== undefined) announce(total > 0 ? texts.count(total) : q === '' ? texts.emptyTitle : texts.noneTitle);
  }, [total]);
  return (
    <div class="page needs">
      <div class="page-head">
        <h1>{texts.title}</h1>
        <QueryBox
          list="needs-you"
          value={q}
          label={texts.queryLabel}
          placeholder={texts.query}
          known={seenIn(all.value)}
          onQuery={(next) => change({ q: next })}
        />
        {q !== '' && total !== undefined && <span class="muted numbers">{texts.matching(total)}</span>}
      </div>
      {needs.value.length > 0 && (
        <p class="muted needs-keys">
          <kbd>j</kbd> {texts.keys}
        </p>
      )}
      <ListError error={error.value} />
      {waitingShown > 0 && (
        <div class="new-rows">
          <Button icon="retry" onClick={() => live.showNew(rowOrder('needs-you', MOST_URGENT_FIRST))}>
            {texts.newRows(waitingShown)}
          </Button>
        </div>
      )}
      {seq === undefined && error.value === undefined && <SkeletonRows rows={8} />}
      {seq !== undefined &&
        needs.value.length === 0 &&
        (q === '' ? <NothingNeedsYou /> : hidden === 0 && <NothingMatches onClear={() => change({ q: undefined })} />)}
      <div class="stack" onPointerEnter={() => live.hold(true)} onPointerLeave={() => live.hold(false)}>
        {groups.value.map(({ name, needs: items }) => (
          <section key={name} class="need-group" aria-label={texts.groups[name]}>
            <h2>
              {texts.groups[name]} <span class="muted numbers">{items.length}</span>
            </h2>
            <ul>
              {items.map((need) => (
                <NeedItem
                  key={need.id}
                  need={need}
                  isGone={gone.has(need.id)}
                  isActive={selection.active.value === need.id}
                  onSnooze={(hours) => snooze(need, hours)}
                  onRequeue={() => {
                    requeueing.value = need.deadLetters;
                  }}
                />
              ))}
            </ul>
          </section>
        ))}
      </div>
      {beyond > 0 && <p class="muted beyond">{texts.beyond(beyond)}</p>}
      {hidden > 0 && (
        <p class="muted snoozed">
          {texts.snoozedCount(hidden)}{' '}
          <button
            type="button"
            class="as-link"
            onClick={() => {
              snoozes.value = {};
            }}
          >
            {texts.showSnoozed}
          </button>
        </p>
      )}
      <BulkBar />
      {requeueing.value !== undefined && (
        <RequeueDialog
          group={requeueing.value}
          onClose={() => {
            requeueing.value = undefined;
          }}
        />
      )}
    </div>
  );
}

/** For the completion of queries. */
function seenIn(needs: readonly LiveNeed[]): Record<string, readonly string[]> {
  const values = (of: (need: LiveNeed) => string | undefined): string[] =>
    [...new Set(needs.map(of))].filter((value) => value !== undefined);
  return { repo: values(({ repo }) => repo && repoName(repo)), agent: values(({ agent }) => agent) };
}

function focusIn(id: string, selector: string): void {
  document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"] :is(${selector})`)?.focus();
}
