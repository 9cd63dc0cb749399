// The files that a task has changed, by directory: how much in each, and the way to its place in the diff.

import type { LiveTask, TaskDiff } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { taskPageTexts } from '../../../texts/task.js';
import { useAddress } from '../../../ui/address.js';
import { Empty } from '../../../ui/empty.js';
import { Icon } from '../../../ui/icon.js';
import { SearchField } from '../../../ui/search-field.js';
import { Stat } from '../diff-file.js';
import { DiffHead } from '../diff-head.js';
import { WithDiff } from '../with-diff.js';
import { moveIn, type TreeRow, treeRows } from './file-tree.js';
import './files.css';

const texts = taskPageTexts.files;

export function FilesTab({ id, task }: { readonly id: string; readonly task: LiveTask }) {
  return (
    <WithDiff id={id} task={task}>
      {(diff, reload) => <Files diff={diff} task={task} onRefresh={reload} />}
    </WithDiff>
  );
}

interface FilesProps {
  readonly diff: TaskDiff;
  readonly task: LiveTask;
  readonly onRefresh: () => void;
}

function Files({ diff, task, onRefresh }: FilesProps) {
  const filter = useSignal('');
  const { change } = useAddress();
  if (diff.files === 0) {
    return (
      <>
        <DiffHead diff={diff} task={task} onRefresh={onRefresh} />
        <Empty icon="branch" title={texts.nothing}>
          <p>{diff.stage === 'working' ? texts.nothingYet : texts.nothingText}</p>
        </Empty>
      </>
    );
  }
  return (
    <div class="diff">
      <DiffHead diff={diff} task={task} onRefresh={onRefresh} />
      <SearchField
        label={texts.filter}
        value={filter.value}
        onText={(text) => {
          filter.value = text;
        }}
        onKeyDown={({ key }) => {
          if (key === 'ArrowDown' || key === 'Enter')
            document.querySelector<HTMLElement>('.file-row[tabindex="0"]')?.focus();
        }}
      />
      <Tree diff={diff} filter={filter.value} onOpen={(file) => change({ tab: 'diff', file }, true)} />
      {diff.files > diff.items.length && <p class="muted">{texts.more(diff.files - diff.items.length)}</p>}
    </div>
  );
}

interface TreeProps {
  readonly diff: TaskDiff;
  readonly filter: string;
  readonly onOpen: (path: string) => void;
}

function Tree({ diff, filter, onOpen }: TreeProps) {
  const closed = useSignal<ReadonlySet<string>>(new Set());
  const current = useSignal('');
  const tree = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => treeRows(diff.items, filter, closed.value), [diff.items, filter, closed.value]);
  const at = Math.max(
    0,
    rows.findIndex(({ path }) => path === current.value),
  );
  const toggle = (path: string): void => {
    const next = new Set(closed.value);
    if (!next.delete(path)) next.add(path);
    closed.value = next;
  };
  const press = (row: TreeRow): void => {
    current.value = row.path;
    if (row.file === undefined) toggle(row.path);
    else onOpen(row.path);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[at];
    const move = moveIn(rows, at, event.key);
    if (move === undefined && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    if (move === undefined) return row && press(row);
    if ('toggle' in move) return toggle(move.toggle);
    current.value = rows[move.to]?.path ?? '';
    (tree.current?.children[move.to] as HTMLElement | undefined)?.focus();
  };
  if (rows.length === 0) return <p class="muted">{texts.noMatch}</p>;
  return (
    <div class="file-tree" role="tree" aria-label={texts.label} ref={tree} onKeyDown={onKeyDown}>
      {rows.map((row, i) => (
        <Row key={row.path} row={row} isCurrent={i === at} onPress={() => press(row)} />
      ))}
    </div>
  );
}

interface RowProps {
  readonly row: TreeRow;
  readonly isCurrent: boolean;
  readonly onPress: () => void;
}

function Row({ row: { name, level, file, files, isOpen, added, removed }, isCurrent, onPress }: RowProps) {
  const what = file === undefined ? texts.count(files) : taskPageTexts.diff.statuses[file.status];
  const isBinary = file !== undefined && file.added === undefined;
  const was = file?.from === undefined ? undefined : taskPageTexts.diff.renamed(file.from);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys of all its rows.
    <div
      class={`file-row ${file === undefined ? 'directory' : ''}`}
      role="treeitem"
      aria-level={level}
      aria-expanded={file === undefined ? isOpen : undefined}
      aria-selected={isCurrent}
      tabIndex={isCurrent ? 0 : -1}
      style={{ '--level': level - 1 }}
      onClick={onPress}
    >
      <span class={`file-name ${isOpen ? 'open' : ''}`}>
        {file === undefined && <Icon name="chevron" size={12} />}
        <span class="clip">{name}</span>
        {was !== undefined && <span class="muted clip"> {was}</span>}
      </span>{' '}
      <span class="muted nowrap">{what}</span>{' '}
      {isBinary ? <span class="muted nowrap stat">{texts.binary}</span> : <Stat added={added} removed={removed} />}
    </div>
  );
}
