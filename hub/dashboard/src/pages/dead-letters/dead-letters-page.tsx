// Tasks that ended in an error, by how they ended: one row for each cause, and beside it what to do and its letters.

import type { DeadLetterGroup } from '@agentcom/schemas';
import { parseSort, rowOrder } from '@agentcom/schemas/query';
import { useComputed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { BulkBar } from '../../bulk/bulk-bar.js';
import { formatCount } from '../../format.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { texts as common } from '../../texts/common.js';
import { deadTexts as texts } from '../../texts/dead-letters.js';
import { useAddress } from '../../ui/address.js';
import { announce } from '../../ui/announce.js';
import { Button } from '../../ui/button.js';
import { Chip } from '../../ui/chip.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ListError } from '../../ui/list-error.js';
import { QueryBox } from '../../ui/query-box.js';
import { askedQuery } from '../../ui/query-days.js';
import { type Selection, useSelection } from '../../ui/selection.js';
import { SortHead } from '../../ui/sort-head.js';
import { SortMenu } from '../../ui/sort-menu.js';
import { Age } from '../../ui/time.js';
import { repoName } from '../tasks/repo-name.js';
import { GroupPanel } from './group-panel.js';
import '../tasks/tasks.css';
import './dead-letters.css';

const ROWS = 200;
const USUAL_SORT = 'last';

export function DeadLettersPage() {
  const { query, change } = useAddress();
  const { q = '', sort = USUAL_SORT, group: open } = query;
  const live = useLive({
    kind: 'dead-letters',
    limit: ROWS,
    sort,
    ...(q !== '' && { q: askedQuery('dead-letters', q) }),
  });
  const { list, error } = live;
  const groups = useComputed(() => shownRows(list.value));
  const show = (id: string | undefined): void => change({ group: id });
  const selection = useSelection({
    ids: () => groups.value.map(({ id }) => id),
    onPeek: (id) => show(id === open ? undefined : id),
    onOpen: show,
    onLeave: () => show(undefined),
  });
  const { total, waiting, seq } = list.value;
  useEffect(() => {
    if (total !== undefined) announce(texts.count(total));
  }, [total]);
  const order = parseSort('dead-letters', sort).sort;
  const onSort = (next: string | undefined): void => change({ sort: next });
  return (
    <div class={`tasks${open === undefined ? '' : ' with-peek'}`}>
      <div class="page">
        <div class="page-head">
          <h1>{texts.title}</h1>
          <QueryBox
            list="dead-letters"
            value={q}
            label={texts.queryLabel}
            placeholder={texts.query}
            known={seenIn(groups.value)}
            onQuery={(next) => change({ q: next })}
          />
          <span class="muted numbers">{total !== undefined && texts.count(total)}</span>
          <SortMenu orders={Object.entries(texts.orders)} sort={sort} onSort={onSort} />
        </div>
        <ListError error={error.value} />
        {waiting.length > 0 && (
          <div class="new-rows">
            <Button icon="retry" onClick={() => live.showNew(order && rowOrder('dead-letters', order))}>
              {texts.newRows(waiting.length)}
            </Button>
          </div>
        )}
        {seq === undefined ? (
          error.value === undefined && <SkeletonRows rows={8} />
        ) : groups.value.length === 0 ? (
          <Nothing isFiltered={q !== ''} onClear={() => change({ q: undefined })} />
        ) : (
          <Groups
            groups={groups.value}
            gone={list.value.gone}
            selection={selection}
            sort={sort}
            onSort={onSort}
            open={open}
            onOpen={show}
            onHold={live.hold}
          />
        )}
        <BulkBar />
      </div>
      {open !== undefined && seq !== undefined && (
        <GroupPanel key={open} group={list.value.rows.get(open)} onClose={() => show(undefined)} />
      )}
    </div>
  );
}

interface GroupsProps {
  readonly groups: readonly DeadLetterGroup[];
  readonly gone: ReadonlySet<string>;
  readonly selection: Selection;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly open: string | undefined;
  readonly onOpen: (id: string) => void;
  readonly onHold: (isHeld: boolean) => void;
}

function Groups({ groups, gone, selection: { active }, sort, onSort, open, onOpen, onHold }: GroupsProps) {
  const head = (name: keyof typeof texts.columns, cell: string, by?: string) => (
    <SortHead label={texts.columns[name]} class={cell} by={by} sort={sort} onSort={onSort} />
  );
  return (
    <table class="rows dead-groups" onPointerEnter={() => onHold(true)} onPointerLeave={() => onHold(false)}>
      <thead>
        <tr>
          {head('count', 'end is-count', '-count')}
          {head('what', 'grow is-title', 'class')}
          {head('repo', 'wide is-repo')}
          {head('runner', 'wide')}
          {head('first', 'wide end', 'first')}
          {head('last', 'end', 'last')}
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr
            key={group.id}
            data-row={group.id}
            class={`${gone.has(group.id) ? 'gone ' : ''}${active.value === group.id || open === group.id ? 'active' : ''}`}
            onClick={(event) => {
              if ((event.target as Element).closest('a, button') === null) onOpen(group.id);
            }}
          >
            <td class="end numbers is-count">{formatCount(group.count)}</td>
            <td class="grow is-title">
              <button
                type="button"
                class="row-title"
                aria-expanded={open === group.id}
                onClick={() => {
                  active.value = group.id;
                  onOpen(group.id);
                }}
              >
                {group.class !== undefined && <Chip tone="bad">{group.class}</Chip>}{' '}
                <span class="title">{group.code}</span>{' '}
                <span class="muted">{group.example.message ?? group.example.title}</span>
                <span class="narrow-only muted">
                  {[group.repo && repoName(group.repo), group.runner].filter(Boolean).join(' · ')}
                </span>
              </button>
            </td>
            <td class="wide is-repo" title={group.repo}>
              {group.repo === undefined ? <None /> : repoName(group.repo)}
            </td>
            <td class="wide">{group.runner ?? <None />}</td>
            <td class="wide end numbers">
              <Age at={group.firstAt} />
            </td>
            <td class="end numbers">
              <Age at={group.lastAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function None() {
  return <span class="muted">{common.none}</span>;
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (!isFiltered) {
    return (
      <Empty icon="done" title={texts.emptyTitle}>
        <p>{texts.emptyText}</p>
      </Empty>
    );
  }
  return (
    <Empty icon="search" title={texts.noneTitle}>
      <p>{texts.noneText}</p>
      <Button onClick={onClear}>{texts.clear}</Button>
    </Empty>
  );
}

/** For the completion of queries. */
function seenIn(groups: readonly DeadLetterGroup[]): Record<string, readonly string[]> {
  const values = (of: (group: DeadLetterGroup) => string | undefined): string[] =>
    [...new Set(groups.map(of))].filter((value) => value !== undefined);
  return { code: values(({ code }) => code), repo: values(({ repo }) => repo), runner: values(({ runner }) => runner) };
}
