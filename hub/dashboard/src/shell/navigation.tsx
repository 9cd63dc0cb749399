// The pages that there are for whoever is signed in.

import { useLocation } from 'preact-iso';
import { formatCompact } from '../format.js';
import { overview } from '../live/live.js';
import { type Page, titleOf } from '../pages.js';
import { texts } from '../texts/common.js';
import { Icon } from '../ui/icon.js';
import { countsOf } from './counts.js';

export function Navigation({ pages }: { readonly pages: readonly Page[] }) {
  const { path } = useLocation();
  const isHere = (page: Page): boolean => path === page.path || path.startsWith(`${page.path}/`);
  const counts = countsOf(overview.value);
  return (
    <nav class="side" aria-label={texts.shell.navigation}>
      {pages
        .filter(({ key }) => key !== undefined)
        .map((page) => (
          <a
            key={page.path}
            class="nav-link"
            href={page.path}
            title={`${titleOf(page)} (g ${page.key})`}
            aria-current={isHere(page) ? 'page' : undefined}
          >
            <Icon name={page.icon} />
            <span class="label">{titleOf(page)}</span>
            <Count n={counts.get(page.path)} />
          </a>
        ))}
    </nav>
  );
}

function Count({ n }: { readonly n: number | undefined }) {
  if (n === undefined) return null;
  return <span class="count numbers">{formatCompact(n)}</span>;
}
