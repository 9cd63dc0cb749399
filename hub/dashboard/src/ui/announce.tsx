// Tells those who listen how many there are now: counts, never rows, and nothing once nobody is signed in.

import { signal } from '@preact/signals';
import { me } from '../session.js';

const said = signal('');

export function announce(text: string): void {
  said.value = text;
}

export function Announcements() {
  return (
    <p class="unseen" role="status" aria-live="polite">
      {me.value !== undefined && said.value}
    </p>
  );
}
