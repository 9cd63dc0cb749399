// The rows of the list of tasks; of a hundred thousand, those in sight.

import type { TaskSummary } from '@agentcom/schemas';
import { useEffect, useRef } from 'preact/hooks';
import { taskTexts as texts } from '../../texts/tasks.js';
import { RowSpace } from '../../ui/row-space.js';
import type { Selection } from '../../ui/selection.js';
import { SortHead } from '../../ui/sort-head.js';
import { useRowPx, useVirtualPage } from '../../ui/virtual.js';
import type { Column } from './columns.js';

interface TasksTableProps {
  readonly rows: readonly TaskSummary[];
  /** How many there are in all, where the hub knows. */
  readonly total: number | undefined;
  /** Not in the list any more. */
  readonly gone: ReadonlySet<string>;
  readonly selection: Selection;
  readonly columns: readonly Column[];
  readonly sort: string;
  readonly peek: string | undefined;
  readonly onSort: (sort: string) => void;
  readonly onPeek: (id: string) => void;
  readonly onHold: (isHeld: boolean) => void;
  /** Which rows are in sight, by their numbers from 0. */
  readonly onLook: (first: number, last: number) => void;
}

export function TasksTable(props: TasksTableProps) {
  const { rows, total, gone, selection, columns, sort, peek, onSort, onPeek, onHold, onLook } = props;
  const { active, selected, toggle, set } = selection;
  const isAll = selected.value.size >= rows.length && rows.every(({ id }) => selected.value.has(id));
  const body = useRef<HTMLTableSectionElement>(null);
  const rowPx = useRowPx();
  const { items, before, after, scrollTo } = useVirtualPage(body, rows.length, rowPx);
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => onLook(first, last), [first, last, rows.length, onLook]);
  useEffect(() => {
    const at = rows.findIndex(({ id }) => id === active.value);
    if (at >= 0 && (at < first || at > last)) scrollTo(at, 'center');
  }, [active.value]);
  return (
    <table
      class="rows fixed"
      aria-rowcount={total === undefined ? -1 : Math.max(total, rows.length) + 1}
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
    >
      <thead>
        <tr aria-rowindex={1}>
          <th class="check">
            <input
              type="checkbox"
              aria-label={texts.selectAll}
              checked={isAll}
              onChange={() => set(isAll ? [] : rows.map(({ id }) => id))}
            />
          </th>
          {columns.map(({ name, sort: by, isNumber, isWide }) => (
            <SortHead
              key={name}
              label={texts.columns[name]}
              class={cellClass(name, isNumber, isWide)}
              by={by}
              sort={sort}
              onSort={onSort}
            />
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        <RowSpace px={before} />
        {items.map(({ index }) => {
          const task = rows[index];
          if (task === undefined) return null;
          return (
            <TaskRow
              key={task.id}
              task={task}
              index={index}
              rowPx={rowPx}
              columns={columns}
              isGone={gone.has(task.id)}
              isActive={active.value === task.id || peek === task.id}
              isSelected={selected.value.has(task.id)}
              onSelect={() => toggle(task.id)}
              onPeek={() => {
                active.value = task.id;
                onPeek(task.id);
              }}
            />
          );
        })}
        <RowSpace px={after} />
      </tbody>
    </table>
  );
}

interface TaskRowProps {
  readonly task: TaskSummary;
  readonly index: number;
  readonly rowPx: number;
  readonly columns: readonly Column[];
  readonly isGone: boolean;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onPeek: () => void;
}

function TaskRow({ task, index, rowPx, columns, isGone, isActive, isSelected, onSelect, onPeek }: TaskRowProps) {
  return (
    <tr
      data-row={task.id}
      class={`${isGone ? 'gone ' : ''}${isActive ? 'active' : ''}`}
      aria-selected={isSelected}
      aria-rowindex={index + 2}
      style={{ height: `${rowPx}px` }}
      onClick={(event) => {
        if ((event.target as Element).closest('input, a, button') === null) onPeek();
      }}
    >
      <td class="check">
        <input type="checkbox" aria-label={texts.select(task.title)} checked={isSelected} onChange={onSelect} />
      </td>
      {columns.map(({ name, isNumber, isWide, cell }) => (
        <td key={name} class={cellClass(name, isNumber, isWide)}>
          {name === 'title' ? (
            <button type="button" class="row-title" onClick={onPeek}>
              {cell(task)}
            </button>
          ) : (
            cell(task)
          )}
        </td>
      ))}
    </tr>
  );
}

function cellClass(name: string, isNumber: true | undefined, isWide: true | undefined): string {
  return [`is-${name}`, name === 'title' && 'grow', isNumber && 'end numbers', isWide && 'wide']
    .filter(Boolean)
    .join(' ');
}
