// Which columns the list of tasks has.

import { taskTexts as texts } from '../../texts/tasks.js';
import { Menu, MenuItem } from '../../ui/menu.js';
import { COLUMNS, type Column, colsOf } from './columns.js';

interface ColumnsMenuProps {
  readonly shown: readonly Column[];
  /** As the address has it. */
  readonly onChange: (cols: string | undefined) => void;
}

export function ColumnsMenu({ shown, onChange }: ColumnsMenuProps) {
  const names = new Set<string>(shown.map(({ name }) => name));
  const toggle = (name: string): void => {
    const next = new Set(names);
    if (!next.delete(name)) next.add(name);
    onChange(colsOf(next));
  };
  return (
    <span class="wide-only">
      <Menu label={texts.columnsMenu} icon="columns">
        <p class="menu-title">{texts.columnsMenu}</p>
        {COLUMNS.filter(({ name }) => name !== 'title').map(({ name }) => (
          <label class="menu-check" key={name}>
            <input type="checkbox" checked={names.has(name)} onChange={() => toggle(name)} />
            {texts.columns[name]}
          </label>
        ))}
        <hr class="menu-line" />
        <MenuItem icon="retry" onClick={() => onChange(undefined)}>
          {texts.columnsUsual}
        </MenuItem>
      </Menu>
    </span>
  );
}
