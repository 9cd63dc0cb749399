// Text of the catalogue, with its commands set apart; one whose answer is on these pages leads there.

import type { ComponentChildren } from 'preact';
import { pageOfCommand } from './command-pages.js';

export function Told({ text }: { readonly text: string }): ComponentChildren {
  return text.split('`').map((part, i) => (i % 2 === 1 ? <Command key={i} text={part} /> : part));
}

function Command({ text }: { readonly text: string }) {
  const page = pageOfCommand(text);
  const command = <code>{text}</code>;
  return page === undefined ? command : <a href={page}>{command}</a>;
}
