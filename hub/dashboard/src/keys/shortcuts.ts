// Shortcuts of the page: whoever came last is asked first. Nothing is one while somebody types, or in a dialog that does not say so.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { KeySequence } from './sequence.js';

export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>;

interface Layer {
  readonly shortcuts: () => Shortcuts;
}

const layers: Layer[] = [];
const sequence = new KeySequence();

/** For as long as the component is there, and from the moment on at which it can be seen: a key that is pressed then is not lost. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useLayoutEffect(() => {
    const layer = { shortcuts: () => latest.current };
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, []);
}

export function listenForShortcuts(page: Document): void {
  page.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const isCommand = event.ctrlKey || event.metaKey;
    if (!isCommand && (isTyping(event.target) || page.querySelector('dialog[open], :popover-open') !== null)) return;
    const name = sequence.next(event);
    if (name === undefined) return;
    // Enter and Space press the button that has the focus.
    if (['Enter', ' '].includes(name) && isPressable(event.target)) return;
    const run = layers.findLast((layer) => Object.hasOwn(layer.shortcuts(), name))?.shortcuts()[name];
    if (run === undefined) return;
    event.preventDefault();
    run(event);
  });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('a, button, summary, [role="option"]') !== null;
}
