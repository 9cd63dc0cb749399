// A field for what to look for on the page; `/` leads to it.

import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useShortcuts } from '../keys/shortcuts.js';
import { Icon } from './icon.js';

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  /** Beside the field. */
  readonly children?: ComponentChildren;
}

export function SearchField({ label, value, onText, onKeyDown, children }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => input.current?.focus() });
  return (
    <search class="search-field">
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        type="text"
        autocomplete="off"
        spellcheck={false}
        maxLength={200}
        aria-label={label}
        placeholder={label}
        value={value}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
          else onKeyDown(event);
        }}
      />
      {children}
    </search>
  );
}
