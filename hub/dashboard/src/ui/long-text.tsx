// Somebody's text at the length of a few lines; the rest is shown on request.

import { useSignal } from '@preact/signals';
import { texts } from '../texts/common.js';

const CHARS = 240;
const LINES = 3;

export function LongText({ text }: { readonly text: string }) {
  const isOpen = useSignal(false);
  const isLong = text.length > CHARS || text.split('\n').length > LINES;
  return (
    <div class="long-text">
      <p class={`as-written${isLong && !isOpen.value ? ' three-lines' : ''}`}>{text}</p>
      {isLong && (
        <button
          type="button"
          class="as-link"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {isOpen.value ? texts.showLess : texts.showAll}
        </button>
      )}
    </div>
  );
}
