// Something to copy: a command, a key, a link.

import { useSignal } from '@preact/signals';
import { texts } from '../texts/common.js';
import { Button } from './button.js';
import { toast } from './toast.js';

const SAID_MS = 2_000;

export function CopyLine({ text, label = texts.copy }: { readonly text: string; readonly label?: string }) {
  return (
    <div class="copy-line">
      <pre>{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}

export function CopyButton({ text, label = texts.copy }: { readonly text: string; readonly label?: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    if (!(await copyText(text))) return toast(texts.copyFailed, { tone: 'bad' });
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, SAID_MS);
  };
  return (
    <Button icon={copied.value ? 'check' : 'copy'} onClick={copy}>
      {copied.value ? texts.copied : label}
    </Button>
  );
}

/** Browsers have the clipboard only over https and on this machine; elsewhere a selection is copied. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement('textarea');
  area.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
