// The orders of a list whose columns have no room for their heads.

import { texts } from '../texts/common.js';
import { Menu, MenuItem } from './menu.js';

interface SortMenuProps {
  /** What the order is called that nobody has asked for. */
  readonly usual: string;
  readonly orders: readonly (readonly [by: string, label: string])[];
  /** How the list is sorted: such as `age` or `-age`. */
  readonly sort: string | undefined;
  readonly onSort: (sort: string | undefined) => void;
}

export function SortMenu({ usual, orders, sort, onSort }: SortMenuProps) {
  const by = sort?.replace(/^-/, '');
  const isReversed = sort !== by;
  return (
    <span class="sort-menu">
      <Menu label={texts.sort.menu} icon="sort">
        <p class="menu-title">{texts.sort.menu}</p>
        <MenuItem chosen={by === undefined} onClick={() => onSort(undefined)}>
          {usual}
        </MenuItem>
        {orders.map(([order, label]) => (
          <MenuItem key={order} chosen={order === by} onClick={() => onSort(order)}>
            {label}
          </MenuItem>
        ))}
        {by !== undefined && (
          <>
            <hr class="menu-line" />
            <MenuItem chosen={isReversed} onClick={() => onSort(isReversed ? by : `-${by}`)}>
              {texts.sort.reversed}
            </MenuItem>
          </>
        )}
      </Menu>
    </span>
  );
}
