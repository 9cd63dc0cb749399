// The rows of the list of tasks.

import type { TaskSummary } from '@agentcom/schemas';
import { taskTexts as texts } from '../../texts/tasks.js';
import type { Selection } from '../../ui/selection.js';
import { COLUMNS, type Column } from './columns.js';

interface TasksTableProps {
  readonly rows: readonly TaskSummary[];
  /** Not in the list any more. */
  readonly gone: ReadonlySet<string>;
  readonly selection: Selection;
  readonly sort: string | undefined;
  readonly peek: string | undefined;
  readonly onSort: (sort: string) => void;
  readonly onPeek: (id: string) => void;
  readonly onHold: (isHeld: boolean) => void;
}

export function TasksTable({ rows, gone, selection, sort, peek, onSort, onPeek, onHold }: TasksTableProps) {
  const { active, selected, toggle, set } = selection;
  const isAll = rows.length > 0 && rows.every(({ id }) => selected.value.has(id));
  return (
    <table class="rows" onPointerEnter={() => onHold(true)} onPointerLeave={() => onHold(false)}>
      <thead>
        <tr>
          <th class="check">
            <input
              type="checkbox"
              aria-label={texts.selectAll}
              checked={isAll}
              onChange={() => set(isAll ? [] : rows.map(({ id }) => id))}
            />
          </th>
          {COLUMNS.map((column) => (
            <HeadCell key={column.name} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((task) => (
          <TaskRow
            key={task.id}
            task={task}
            isGone={gone.has(task.id)}
            isActive={active.value === task.id || peek === task.id}
            isSelected={selected.value.has(task.id)}
            onSelect={() => toggle(task.id)}
            onPeek={() => {
              active.value = task.id;
              onPeek(task.id);
            }}
          />
        ))}
      </tbody>
    </table>
  );
}

function HeadCell({
  column: { name, sort: key, isNumber, isWide },
  sort = 'age',
  onSort,
}: {
  readonly column: Column;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}) {
  const isSorted = key !== undefined && sort.replace(/^-/, '') === key;
  const isDescending = sort.startsWith('-');
  return (
    <th
      class={cellClass(name, isNumber, isWide)}
      aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}
    >
      {key === undefined ? (
        texts.columns[name]
      ) : (
        <button type="button" class="sort" onClick={() => onSort(isSorted && !isDescending ? `-${key}` : key)}>
          {texts.columns[name]}
          {isSorted && <span aria-hidden="true">{isDescending ? '↑' : '↓'}</span>}
        </button>
      )}
    </th>
  );
}

interface TaskRowProps {
  readonly task: TaskSummary;
  readonly isGone: boolean;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onPeek: () => void;
}

function TaskRow({ task, isGone, isActive, isSelected, onSelect, onPeek }: TaskRowProps) {
  return (
    <tr
      data-row={task.id}
      class={`${isGone ? 'gone ' : ''}${isActive ? 'active' : ''}`}
      aria-selected={isSelected}
      onClick={(event) => {
        if ((event.target as Element).closest('input, a, button') === null) onPeek();
      }}
    >
      <td class="check">
        <input type="checkbox" aria-label={texts.select(task.title)} checked={isSelected} onChange={onSelect} />
      </td>
      {COLUMNS.map(({ name, isNumber, isWide, cell }) => (
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
