// A dialog over the page: the browser's own, which keeps the focus inside, gives it back, and closes on Escape.

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { texts } from '../texts/common.js';
import { Button } from './button.js';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly large?: boolean;
}

/** It is open for as long as it is there. */
export function Dialog({ title, onClose, children, large = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // At once: what somebody types behind the key that opens it is meant for it.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Else it would be the button that closes it.
    element?.querySelector<HTMLElement>('[data-focused]')?.focus();
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, and the button does.
    <dialog
      ref={dialog}
      class={`dialog${large ? ' large' : ''}`}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="cross" label={texts.close} onClick={() => dialog.current?.close()} />
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}
