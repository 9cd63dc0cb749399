// Everything by name: pages, searches, and what the menus do.

import { useComputed, useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { CLOCK_MODES, clockMode } from '../clock.js';
import { type Page, titleOf } from '../pages.js';
import { signOut } from '../session.js';
import { texts } from '../texts/common.js';
import { THEMES, theme } from '../theme.js';
import { type Command, matching } from './commands.js';

interface CommandBarProps {
  readonly pages: readonly Page[];
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

export function CommandBar({ pages, onClose, onHelp }: CommandBarProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const typed = useSignal('');
  const at = useSignal(0);
  const { route } = useLocation();
  // At once: what somebody types behind the key that opens it is meant for it.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const found = useComputed(() => {
    const text = typed.value.trim();
    const search: Command = { title: texts.commandBar.findTask(text), run: () => route(`/tasks?q=${searchOf(text)}`) };
    return [...matching(commandsOf(pages, route, onHelp), text), ...(text === '' ? [] : [search])];
  });
  const choose = (command: Command | undefined): void => {
    if (command === undefined) return;
    dialog.current?.close();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = found.value.length;
    if (step !== undefined && count > 0) {
      event.preventDefault();
      at.value = (at.value + step + count) % count;
      document.getElementById(`${id}-${at.value}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(found.value[at.value]);
    }
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it.
    <dialog
      ref={dialog}
      class="dialog command-bar"
      aria-label={texts.commandBar.label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <input
        class="ask"
        role="combobox"
        aria-label={texts.commandBar.label}
        aria-expanded="true"
        aria-controls={`${id}-found`}
        aria-activedescendant={found.value.length > 0 ? `${id}-${at.value}` : undefined}
        aria-autocomplete="list"
        autocomplete="off"
        placeholder={texts.commandBar.placeholder}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={onKeyDown}
      />
      <div class="found" id={`${id}-found`} role="listbox" aria-label={texts.commandBar.label}>
        {found.value.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the field.
          <div
            key={command.title}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            class="menu-item"
            aria-selected={i === at.value}
            onClick={() => choose(command)}
          >
            {command.title}
            {command.keys !== undefined && (
              <span class="end">
                {command.keys.split(' ').map((key) => (
                  <>
                    <kbd>{key}</kbd>{' '}
                  </>
                ))}
              </span>
            )}
          </div>
        ))}
      </div>
      {found.value.length === 0 && <p class="menu-title">{texts.commandBar.nothing}</p>}
    </dialog>
  );
}

function commandsOf(pages: readonly Page[], route: (url: string) => void, onHelp: () => void): readonly Command[] {
  return [
    ...pages
      .filter(({ path }) => !path.includes(':'))
      .map((page) => ({
        title: texts.commandBar.go(titleOf(page)),
        ...(page.key !== undefined && { keys: `g ${page.key}` }),
        run: () => route(page.path),
      })),
    { title: texts.shell.keys, keys: '?', run: onHelp },
    ...THEMES.map((one) => ({
      title: `${texts.shell.theme}: ${texts.shell.themes[one]}`,
      run: () => {
        theme.value = one;
      },
    })),
    ...CLOCK_MODES.map((one) => ({
      title: `${texts.shell.clock}: ${texts.shell.clocks[one]}`,
      run: () => {
        clockMode.value = one;
      },
    })),
    { title: texts.shell.signOut, run: () => void signOut() },
  ];
}

/** As free text of a query. */
function searchOf(text: string): string {
  return encodeURIComponent(/[\s":]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text);
}
