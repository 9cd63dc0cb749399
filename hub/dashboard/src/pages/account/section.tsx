// One part of the page about one's account.

import type { ComponentChildren } from 'preact';

interface SectionProps {
  readonly title: string;
  readonly text?: string;
  readonly children: ComponentChildren;
}

export function Section({ title, text, children }: SectionProps) {
  return (
    <section class="card" aria-label={title}>
      <div>
        <h2>{title}</h2>
        {text !== undefined && <p class="muted">{text}</p>}
      </div>
      {children}
    </section>
  );
}
