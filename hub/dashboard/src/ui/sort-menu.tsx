// The orders of a list whose columns have no room for their heads.

import { texts } from '../texts/common.js';
import { Menu, MenuItem } from './menu.js';
import { reversed, sortKey } from './sort.js';

interface SortMenuProps {
  /** What the order is called that nobody has asked for, if it is none of the others. */
  readonly usual?: string;
  /** Each as it usually begins: such as `age` or `-cost`. */
  readonly orders: readonly (readonly [by: string, label: string])[];
  /** How the list is sorted: such as `age` or `-age`. */
  readonly sort: string | undefined;
  readonly onSort: (sort: string | undefined) => void;
}

export function SortMenu({ usual, orders, sort, onSort }: SortMenuProps) {
  const isChosen = (by: string): boolean => sort !== undefined && sortKey(by) === sortKey(sort);
  const chosen = orders.find(([by]) => isChosen(by))?.[0];
  return (
    <span class="sort-menu">
      <Menu label={texts.sort.menu} icon="sort">
        <p class="menu-title">{texts.sort.menu}</p>
        {usual !== undefined && (
          <MenuItem chosen={sort === undefined} onClick={() => onSort(undefined)}>
            {usual}
          </MenuItem>
        )}
        {orders.map(([by, label]) => (
          <MenuItem key={by} chosen={isChosen(by)} onClick={() => onSort(by)}>
            {label}
          </MenuItem>
        ))}
        {chosen !== undefined && (
          <>
            <hr class="menu-line" />
            <MenuItem chosen={sort !== chosen} onClick={() => onSort(sort === chosen ? reversed(chosen) : chosen)}>
              {texts.sort.reversed}
            </MenuItem>
          </>
        )}
      </Menu>
    </span>
  );
}
