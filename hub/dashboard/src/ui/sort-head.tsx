// The head of a column, by which a list is sorted if it can be: pressed again, the other way round.

import { reversed, sortKey } from './sort.js';

interface SortHeadProps {
  readonly label: string;
  readonly class: string;
  /** As the list is sorted by it at first, such as `age` or `-cost`; undefined where it cannot be. */
  readonly by: string | undefined;
  /** How it is sorted: such as `age` or `-age`. */
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

export function SortHead({ label, class: name, by, sort = '', onSort }: SortHeadProps) {
  const isSorted = by !== undefined && sortKey(sort) === sortKey(by);
  const isDescending = sort.startsWith('-');
  return (
    <th class={name} aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}>
      {by === undefined ? (
        label
      ) : (
        <button type="button" class="sort" onClick={() => onSort(sort === by ? reversed(by) : by)}>
          {label}
          {isSorted && <span aria-hidden="true">{isDescending ? '↑' : '↓'}</span>}
        </button>
      )}
    </th>
  );
}
