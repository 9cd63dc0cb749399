// All tasks, live: filtered by a query, looked into without leaving the list, cancelled and retried.

import type { TaskSummary } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { BulkBar } from '../../bulk/bulk-bar.js';
import { may } from '../../session.js';
import { startTexts } from '../../texts/start.js';
import { taskTexts as texts } from '../../texts/tasks.js';
import { useAddress } from '../../ui/address.js';
import { announce } from '../../ui/announce.js';
import { Button, LinkButton } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ListError } from '../../ui/list-error.js';
import { QueryBox } from '../../ui/query-box.js';
import { useSelection } from '../../ui/selection.js';
import { SortMenu } from '../../ui/sort-menu.js';
import { toast } from '../../ui/toast.js';
import { ActOnAll } from './act-on-all.js';
import { columnsIn } from './columns.js';
import { ColumnsMenu } from './columns-menu.js';
import { useTasks } from './live-tasks.js';
import { Peek } from './peek.js';
import { SavedViews } from './saved-views.js';
import { SelectionBar } from './selection-bar.js';
import { SubmitForm } from './submit-form.js';
import { TasksTable } from './tasks-table.js';
import './tasks.css';

/** For the completion of queries. */
const LOOKED_AT = 200;
const USUAL_SORT = 'age';

export function TasksPage() {
  const { route } = useLocation();
  const { query, change } = useAddress();
  const { q = '', sort, peek, cols } = query;
  const order = sort ?? USUAL_SORT;
  const columns = useMemo(() => columnsIn(cols), [cols]);
  const isSubmitting = useSignal(false);
  const live = useTasks(q, sort);
  const { list, error } = live;
  const { shown: rows, total, waiting, isKnown, isCut } = list.value;
  const showPeek = (id: string | undefined): void => change({ peek: id });
  const selection = useSelection({
    ids: () => rows.map(({ id }) => id),
    onPeek: (id) => showPeek(id === peek ? undefined : id),
    onOpen: (id) => route(`/tasks/${id}`),
    onLeave: () => showPeek(undefined),
  });
  const isSelecting = selection.selected.value.size > 0;
  useEffect(() => live.hold(isSelecting), [isSelecting]);
  useEffect(() => {
    if (total !== undefined) announce(texts.count(total));
  }, [total]);
  const showNew = (): void => {
    live.showNew();
    scrollTo(0, 0);
  };
  return (
    <div class={`tasks${peek === undefined ? '' : ' with-peek'}`}>
      <div class="page">
        <div class="page-head">
          <h1>{texts.title}</h1>
          <QueryBox
            list="tasks"
            value={q}
            label={texts.queryLabel}
            placeholder={texts.query}
            known={seenIn(rows.slice(0, LOOKED_AT))}
            onQuery={(next) => change({ q: next })}
          />
          <span class="muted numbers">{total !== undefined && texts.count(total)}</span>
          <SavedViews of={{ q, sort, cols }} />
          <SortMenu orders={Object.entries(texts.orders)} sort={order} onSort={(next) => change({ sort: next })} />
          <ColumnsMenu shown={columns} onChange={(next) => change({ cols: next })} />
          {may('tasks.change') && total !== undefined && total > 0 && <ActOnAll q={q} />}
          <span class="push" />
          {may('tasks.submit') && (
            <Button
              kind="primary"
              icon="plus"
              onClick={() => {
                isSubmitting.value = true;
              }}
            >
              {texts.new}
            </Button>
          )}
        </div>
        <ListError error={error.value} />
        {waiting.count > 0 && (
          <div class="new-rows">
            <Button kind="plain" icon="retry" onClick={showNew}>
              {texts.newRows(waiting.count, waiting.isMore)}
            </Button>
          </div>
        )}
        {!isKnown ? (
          error.value === undefined && <SkeletonRows rows={10} />
        ) : rows.length === 0 ? (
          <Nothing isFiltered={q !== ''} onClear={() => change({ q: undefined })} />
        ) : (
          <TasksTable
            rows={rows}
            total={total}
            gone={list.value.gone}
            selection={selection}
            columns={columns}
            sort={order}
            peek={peek}
            onSort={(next) => change({ sort: next })}
            onPeek={showPeek}
            onHold={(isHeld) => live.hold(isHeld || isSelecting)}
            onLook={live.look}
          />
        )}
        {isCut && <p class="muted">{texts.cut(rows.length)}</p>}
        {isSelecting && <SelectionBar rows={rows} selection={selection} />}
        <BulkBar />
      </div>
      {peek !== undefined && <Peek key={peek} id={peek} onClose={() => showPeek(undefined)} />}
      {isSubmitting.value && (
        <Dialog title={startTexts.submitTitle} onClose={() => (isSubmitting.value = false)}>
          <SubmitForm
            onCancel={() => (isSubmitting.value = false)}
            onSubmitted={({ id }) => {
              isSubmitting.value = false;
              toast(startTexts.submitted, { undo: { label: texts.peek, run: () => showPeek(id) } });
            }}
          />
        </Dialog>
      )}
    </div>
  );
}

function Nothing({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (isFiltered) {
    return (
      <Empty icon="search" title={texts.noneTitle}>
        <p>{texts.noneText}</p>
        <Button onClick={onClear}>{texts.clear}</Button>
      </Empty>
    );
  }
  return (
    <Empty icon="list" title={texts.emptyTitle}>
      <p>{texts.emptyText}</p>
      {may('tasks.submit') && (
        <LinkButton href="/start" kind="primary">
          {texts.start}
        </LinkButton>
      )}
    </Empty>
  );
}

function seenIn(rows: readonly TaskSummary[]): Record<string, readonly string[]> {
  const values = (of: (row: TaskSummary) => readonly (string | undefined)[]): string[] =>
    [...new Set(rows.flatMap(of))].filter((value) => value !== undefined).slice(0, 100);
  return {
    agent: values(({ agent }) => [agent]),
    repo: values(({ repo }) => [repo?.url]),
    need: values(({ needs }) => needs),
    label: values(({ labels }) => Object.entries(labels).map(([name, value]) => `${name}=${value}`)),
  };
}
