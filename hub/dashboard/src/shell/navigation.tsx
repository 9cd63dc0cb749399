// The pages that there are for whoever is signed in.

import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { formatCompact } from '../format.js';
import { overview } from '../live/live.js';
import { type Page, titleOf } from '../pages.js';
import { texts } from '../texts/common.js';
import { Icon } from '../ui/icon.js';
import { countsOf, isStarted } from './counts.js';

export function Navigation({ pages }: { readonly pages: readonly Page[] }) {
  const { path } = useLocation();
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    const here = nav.current?.querySelector<HTMLElement>('[aria-current]');
    // A phone cannot fit all of them on screen.
    if (here) nav.current?.scrollTo({ left: here.offsetLeft + here.offsetWidth / 2 - nav.current.clientWidth / 2 });
  }, [path]);
  const isHere = (page: Page): boolean => path === page.path || path.startsWith(`${page.path}/`);
  const counts = countsOf(overview.value);
  // Once there was a result, the first steps are in the menu; nothing goes away while somebody is there.
  const isLed = overview.value !== undefined && !isStarted(overview.value);
  const isShown = (page: Page): boolean => page.key !== undefined && (page.name !== 'start' || isLed || isHere(page));
  return (
    <nav class="side" ref={nav} aria-label={texts.shell.navigation}>
      {pages.filter(isShown).map((page) => (
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
