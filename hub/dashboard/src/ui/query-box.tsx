// Where a list is filtered: the same grammar as on the command line, with what can come next, and what is wrong with it.

import { completeQuery, parseQuery, type QueryList } from '@agentcom/schemas/query';
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useShortcuts } from '../keys/shortcuts.js';
import { texts } from '../texts/common.js';
import { Button } from './button.js';
import { Icon } from './icon.js';
import { queryClock } from './query-days.js';

/** Without a key for so long, what was typed is asked for: each query costs the hub a look through its list. */
const REST_MS = 200;

interface QueryBoxProps {
  readonly list: QueryList;
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  /** Values that the page has seen, by key. */
  readonly known?: Readonly<Record<string, readonly string[]>>;
  /** Only with what can be read. */
  readonly onQuery: (query: string) => void;
}

export function QueryBox({ list, value, label, placeholder, known = {}, onQuery }: QueryBoxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const typed = useSignal(value);
  const cursor = useSignal(value.length);
  const isOpen = useSignal(false);
  const at = useSignal(-1);
  const error = useComputed(() => parseQuery(list, typed.value, queryClock()).error);
  const completions = useComputed(() => completeQuery(list, typed.value, cursor.value, known));
  useEffect(() => {
    if (value !== typed.value && document.activeElement !== input.current) typed.value = value;
  }, [value]);
  useShortcuts({ '/': () => input.current?.focus() });
  const latest = useRef(onQuery);
  latest.current = onQuery;
  const resting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(resting.current), []);

  const send = (): void => {
    clearTimeout(resting.current);
    if (error.value === undefined) latest.current(typed.value.trim());
  };
  const change = (text: string, position: number): void => {
    typed.value = text;
    cursor.value = position;
    at.value = -1;
    isOpen.value = true;
    clearTimeout(resting.current);
    resting.current = setTimeout(send, REST_MS);
  };
  const choose = (text: string): void => {
    const { from, to } = completions.value;
    const isKey = text.endsWith(':');
    const next = `${typed.value.slice(0, from)}${text}${isKey ? '' : ' '}${typed.value.slice(to).trimStart()}`;
    const position = from + text.length + (isKey ? 0 : 1);
    change(next, position);
    requestAnimationFrame(() => input.current?.setSelectionRange(position, position));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { options } = completions.value;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && options.length > 0) {
      event.preventDefault();
      isOpen.value = true;
      at.value = (at.value + step + options.length + (at.value < 0 && step < 0 ? 1 : 0)) % options.length;
      document.getElementById(`${id}-${at.value}`)?.scrollIntoView({ block: 'nearest' });
    } else if ((event.key === 'Enter' || event.key === 'Tab') && isOpen.value && at.value >= 0) {
      event.preventDefault();
      choose(options[at.value]?.text ?? '');
    } else if (event.key === 'Enter') {
      isOpen.value = false;
      send();
    } else if (event.key === 'Escape') {
      if (isOpen.value) isOpen.value = false;
      else input.current?.blur();
    }
  };
  const { options } = completions.value;
  const showsOptions = isOpen.value && options.length > 0;
  return (
    <search class="query-box">
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        type="text"
        role="combobox"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-label={label}
        aria-expanded={showsOptions}
        aria-controls={`${id}-options`}
        aria-activedescendant={showsOptions && at.value >= 0 ? `${id}-${at.value}` : undefined}
        aria-invalid={error.value !== undefined && !isOpen.value}
        aria-describedby={error.value === undefined ? undefined : `${id}-wrong`}
        placeholder={placeholder}
        value={typed.value}
        onInput={({ currentTarget: { value: text, selectionStart } }) => change(text, selectionStart ?? text.length)}
        onFocus={() => {
          isOpen.value = true;
        }}
        onBlur={() => {
          isOpen.value = false;
        }}
        onClick={({ currentTarget }) => {
          cursor.value = currentTarget.selectionStart ?? cursor.value;
          isOpen.value = true;
        }}
        onKeyDown={onKeyDown}
      />
      {typed.value !== '' && <Button kind="quiet" icon="cross" label={texts.clear} onClick={() => change('', 0)} />}
      <div class="options" id={`${id}-options`} role="listbox" aria-label={label} hidden={!showsOptions}>
        {options.map((option, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the field.
          <div
            key={option.text}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            class="menu-item"
            aria-selected={i === at.value}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(option.text)}
          >
            <code>{option.text}</code>
            <span class="muted">{option.help}</span>
          </div>
        ))}
      </div>
      {error.value !== undefined && !isOpen.value && (
        <p class="wrong" id={`${id}-wrong`} role="alert">
          {error.value.message}
        </p>
      )}
    </search>
  );
}
