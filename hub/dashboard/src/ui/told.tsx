// Text of the catalogue, with its commands set apart.

import type { ComponentChildren } from 'preact';

export function Told({ text }: { readonly text: string }): ComponentChildren {
  return text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
}
