// All agents, live: what needs attention first, however many there are.

import type { LiveAgent } from '@agentcom/schemas';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { now } from '../../clock.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { may } from '../../session.js';
import { agentTexts as texts } from '../../texts/agents.js';
import { taskTexts } from '../../texts/tasks.js';
import { useAddress } from '../../ui/address.js';
import { announce } from '../../ui/announce.js';
import { Button } from '../../ui/button.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ListError } from '../../ui/list-error.js';
import { QueryBox } from '../../ui/query-box.js';
import { askedQuery } from '../../ui/query-days.js';
import { useSelection } from '../../ui/selection.js';
import { SortMenu } from '../../ui/sort-menu.js';
import { AgentPanel } from './agent-panel.js';
import { AgentsTable } from './agents-table.js';
import { byAttention, namePlaces } from './attention.js';
import { JoinDialog } from './join-dialog.js';
import '../tasks/tasks.css';
import './agents.css';

const ROWS = 5_000;
const LOOK_EVERY_MS = 1_000;

export function AgentsPage() {
  const { query, change } = useAddress();
  const { q = '', sort, peek } = query;
  const isJoining = useSignal(false);
  const asked = askedQuery('agents', q);
  const live = useLive({
    kind: 'agents',
    limit: ROWS,
    ...(q !== '' && { q: asked }),
    ...(sort !== undefined && { sort }),
  });
  const { list, error } = live;
  const { rows, again } = useOrder(live, sort);
  const showPeek = (name: string | undefined): void => change({ peek: name });
  const selection = useSelection({
    ids: () => rows.map(({ name }) => name),
    onPeek: (name) => showPeek(name === peek ? undefined : name),
    onOpen: showPeek,
    onLeave: () => showPeek(undefined),
  });
  const { total, seq } = list.value;
  useEffect(() => {
    if (total !== undefined) announce(texts.count(total));
  }, [total]);
  return (
    <div class={`tasks agents${peek === undefined ? '' : ' with-peek'}`}>
      <div class="page">
        <div class="page-head">
          <h1>{texts.title}</h1>
          <QueryBox
            list="agents"
            value={q}
            label={texts.queryLabel}
            placeholder={texts.query}
            known={seenIn(rows)}
            onQuery={(next) => change({ q: next })}
          />
          <span class="muted numbers">{total !== undefined && texts.count(total)}</span>
          {again !== undefined && (
            <Button icon="retry" onClick={again}>
              {list.value.waiting.length > 0 ? taskTexts.newRows(list.value.waiting.length) : texts.reorder}
            </Button>
          )}
          <SortMenu
            usual={texts.usualOrder}
            orders={Object.entries(texts.orders)}
            sort={sort}
            onSort={(next) => change({ sort: next })}
          />
          <span class="push" />
          {may('agents.invite') && (
            <Button kind="primary" icon="plus" onClick={() => (isJoining.value = true)}>
              {texts.join}
            </Button>
          )}
        </div>
        <ListError error={error.value} />
        {seq === undefined ? (
          error.value === undefined && <SkeletonRows rows={10} />
        ) : rows.length === 0 ? (
          <Nothing
            isFiltered={q !== ''}
            onClear={() => change({ q: undefined })}
            onJoin={() => (isJoining.value = true)}
          />
        ) : (
          <AgentsTable
            rows={rows}
            gone={list.value.gone}
            active={selection.active}
            peek={peek}
            sort={sort}
            // Pressed a third time, what needs attention is first again.
            onSort={(next) => change({ sort: sort === `-${next}` ? undefined : next })}
            onPeek={showPeek}
            onHold={(isHeld) => live.hold(isHeld)}
          />
        )}
      </div>
      {peek !== undefined && <AgentPanel key={peek} name={peek} onClose={() => showPeek(undefined)} />}
      {isJoining.value && <JoinDialog onClose={() => (isJoining.value = false)} />}
    </div>
  );
}

/** Rows keep their places until somebody asks for another order; without one, what needs attention is first. */
function useOrder(live: ReturnType<typeof useLive<'agents'>>, sort: string | undefined) {
  const { list } = live;
  const order = useSignal<readonly string[]>([]);
  const agents = useComputed(() => shownRows(list.value));
  const isThere = list.value.seq !== undefined;
  const places = useMemo(() => namePlaces(agents.value.map(({ name }) => name)), [list.value.shown]);
  const wantedNow = (): readonly string[] =>
    sort === undefined ? byAttention(agents.peek(), now.peek(), places) : agents.peek().map(({ name }) => name);
  const byName = new Map(agents.value.map((agent) => [agent.name, agent]));
  const kept = order.value.filter((name) => byName.has(name));
  // Whatever has come to the list without being asked for stands behind the others.
  const placed = new Set(kept);
  const names =
    kept.length === 0
      ? wantedNow()
      : [...kept, ...agents.value.map(({ name }) => name).filter((name) => !placed.has(name))];
  useEffect(() => {
    if (!isThere) order.value = [];
    else if (order.value.length !== names.length) order.value = names;
  }, [isThere, order.value, names.length]);
  const rows = names.map((name) => byName.get(name)).filter((one): one is LiveAgent => one !== undefined);
  const isMixed = useNowAndThen(agents.value, () => wantedNow().some((name, i) => name !== order.peek()[i]));
  const again = (): void => {
    live.showNew();
    // Once the new rows are drawn: they have their places among the others.
    requestAnimationFrame(() => {
      order.value = [];
    });
  };
  return { rows, again: isMixed || list.value.waiting.length > 0 ? again : undefined };
}

/** What `look` says of something that changes many times a second, as of a second ago at most: to look takes long. */
function useNowAndThen(changing: unknown, look: () => boolean): boolean {
  const seen = useSignal(false);
  const latest = useRef(look);
  latest.current = look;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      seen.value = latest.current();
    }, LOOK_EVERY_MS);
  }, [changing]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return seen.value;
}

interface NothingProps {
  readonly isFiltered: boolean;
  readonly onClear: () => void;
  readonly onJoin: () => void;
}

function Nothing({ isFiltered, onClear, onJoin }: NothingProps) {
  if (isFiltered) {
    return (
      <Empty icon="search" title={texts.noneTitle}>
        <p>{texts.noneText}</p>
        <Button onClick={onClear}>{taskTexts.clear}</Button>
      </Empty>
    );
  }
  return (
    <Empty icon="agent" title={texts.emptyTitle}>
      <p>{texts.emptyText}</p>
      {may('agents.invite') && (
        <Button kind="primary" icon="plus" onClick={onJoin}>
          {texts.join}
        </Button>
      )}
    </Empty>
  );
}

/** For the completion of queries. */
function seenIn(rows: readonly LiveAgent[]): Record<string, readonly string[]> {
  const some = rows.slice(0, 200);
  const values = (of: (row: LiveAgent) => readonly (string | undefined)[]): string[] =>
    [...new Set(some.flatMap(of))].filter((value) => value !== undefined).slice(0, 100);
  return {
    name: values(({ name }) => [name]),
    capability: values(({ capabilities }) => capabilities),
    version: values(({ version }) => [version]),
    host: values(({ host }) => [host]),
  };
}
