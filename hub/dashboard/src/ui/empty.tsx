// What a page says that has nothing to show, and what stands in while it is loading.

import type { ComponentChildren } from 'preact';
import { texts } from '../texts/common.js';
import { Icon, type IconName } from './icon.js';

export function Empty({
  icon,
  title,
  isPage = false,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  /** Where it is all that the page has. */
  readonly isPage?: boolean;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}

const WIDTHS = ['62%', '48%', '71%', '55%', '66%', '43%'];

export function SkeletonRows({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div class="stack" role="status" aria-label={texts.loading}>
      {Array.from({ length: rows }, (_, i) => (
        <div class="skeleton" key={i} style={{ width: WIDTHS[i % WIDTHS.length] ?? '60%' }} />
      ))}
    </div>
  );
}
