// Short notices about what was just done, read out as well. They go by themselves, but not while somebody points at them, and not those that
// say what failed.

import { signal } from '@preact/signals';
import type { ApiError } from '../api/problem.js';
import { texts } from '../texts/common.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

const SHOWN_MS = 6_000;
const SHOWN_MAX = 4;

interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
  readonly undo?: { readonly label: string; readonly run: () => void };
}

const shown = signal<readonly Toast[]>([]);
let lastId = 0;

export function toast(text: string, more: Partial<Pick<Toast, 'tone' | 'undo'>> = {}): void {
  const id = ++lastId;
  shown.value = [...shown.value, { id, tone: 'good' as const, text, ...more }].slice(-SHOWN_MAX);
  if (more.tone !== 'bad') setTimeout(() => dismiss(id), SHOWN_MS);
}

export function toastError(error: ApiError): void {
  toast(error.message, { tone: 'bad' });
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map(({ id, tone, text, undo }) => (
        <div class={`toast ${tone}`} key={id}>
          <Icon name={tone === 'bad' ? 'alert' : 'done'} />
          <span class="grow">{text}</span>
          {undo && (
            <Button
              kind="quiet"
              onClick={() => {
                dismiss(id);
                undo.run();
              }}
            >
              {undo.label}
            </Button>
          )}
          <Button kind="quiet" icon="cross" label={texts.close} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
