// Which row of a list the keyboard is at, and which are selected.

import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useShortcuts } from '../keys/shortcuts.js';

export interface Selection {
  /** The row that keys act on. */
  readonly active: Signal<string | undefined>;
  readonly selected: ReadonlySignal<ReadonlySet<string>>;
  readonly toggle: (id: string) => void;
  readonly set: (ids: readonly string[]) => void;
}

interface SelectionKeys {
  /** In order, as they are shown now. */
  readonly ids: () => readonly string[];
  readonly onPeek: (id: string) => void;
  readonly onOpen: (id: string) => void;
  readonly onLeave: () => void;
}

/** The row after or before; at an end it stays. Pure. */
export function stepFrom(ids: readonly string[], id: string | undefined, step: 1 | -1): string | undefined {
  const at = id === undefined ? -1 : ids.indexOf(id);
  if (at < 0) return step > 0 ? ids[0] : ids.at(-1);
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))];
}

export function useSelection({ ids, onPeek, onOpen, onLeave }: SelectionKeys): Selection {
  const active = useSignal<string | undefined>(undefined);
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const toggle = (id: string): void => {
    const next = new Set(selected.value);
    if (!next.delete(id)) next.add(id);
    selected.value = next;
  };
  const set = (wanted: readonly string[]): void => {
    selected.value = new Set(wanted);
  };
  const step = (by: 1 | -1) => () => {
    active.value = stepFrom(ids(), active.value, by);
  };
  const onActive = (run: (id: string) => void) => () => {
    if (active.value !== undefined && ids().includes(active.value)) run(active.value);
  };
  useShortcuts({
    j: step(1),
    ArrowDown: step(1),
    k: step(-1),
    ArrowUp: step(-1),
    x: onActive(toggle),
    ' ': onActive(onPeek),
    Enter: onActive(onOpen),
    Escape: () => {
      if (selected.value.size > 0) set([]);
      else onLeave();
    },
  });
  useEffect(() => {
    if (active.value === undefined) return;
    document.querySelector(`[data-row="${CSS.escape(active.value)}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [active.value]);
  return { active, selected, toggle, set };
}
