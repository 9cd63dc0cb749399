// The frame around every page: top bar, navigation, the page itself, and what opens over it.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ErrorBoundary, Route, Router, useLocation } from 'preact-iso';
import { useShortcuts } from '../keys/shortcuts.js';

import { connectionState, followOverview, followPage } from '../live/live.js';
import { isAt, PAGES, type Page, titleOf } from '../pages.js';

import { may } from '../session.js';
import { texts } from '../texts/common.js';
import { Button } from '../ui/button.js';
import { Empty } from '../ui/empty.js';
import { Icon } from '../ui/icon.js';
import { CommandBar } from './command-bar.js';
import { firstPath } from './first-page.js';
import { HaltDialog } from './halt-dialog.js';
import { KeysHelp } from './keys-help.js';
import { Navigation } from './navigation.js';
import { TopBar } from './top-bar.js';

type Over = 'commands' | 'help' | 'halt' | undefined;

export function Shell() {
  const over = useSignal<Over>(undefined);
  const { route } = useLocation();
  const close = (): void => {
    over.value = undefined;
  };
  useEffect(() => {
    const stop = followPage(document);
    const leave = followOverview();
    return () => {
      leave();
      stop();
    };
  }, []);
  const pages = PAGES.filter(({ action }) => may(action));
  useShortcuts({
    'mod+k': () => {
      over.value = 'commands';
    },
    '?': () => {
      over.value = 'help';
    },
    ...Object.fromEntries(
      pages.flatMap(({ key, path }) => (key === undefined ? [] : [[`g ${key}`, () => route(path)]])),
    ),
  });
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {texts.skip}
      </a>
      <TopBar
        onHalt={() => {
          over.value = 'halt';
        }}
        onCommands={() => {
          over.value = 'commands';
        }}
        onHelp={() => {
          over.value = 'help';
        }}
      />
      <Navigation pages={pages} />
      <Main pages={pages} />
      {over.value === 'commands' && <CommandBar pages={pages} onClose={close} onHelp={() => (over.value = 'help')} />}
      {over.value === 'help' && <KeysHelp pages={pages} onClose={close} />}
      {over.value === 'halt' && <HaltDialog onClose={close} />}
    </div>
  );
}

function Main({ pages }: { readonly pages: readonly Page[] }) {
  const main = useRef<HTMLElement>(null);
  const { path } = useLocation();
  const failed = useSignal(false);
  const shownPath = useRef(path);
  const page = pages.find((one) => isAt(one, path));
  useEffect(() => {
    document.title = page === undefined ? texts.name : `${titleOf(page)} · ${texts.name}`;
  }, [page]);
  useEffect(() => {
    failed.value = false;
    if (shownPath.current === path) return;
    shownPath.current = path;
    // Whoever listens hears where the link has led, and Tab goes on from there.
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
  return (
    <main class="main" id="main" ref={main} tabIndex={-1}>
      {connectionState.value === 'reconnecting' && (
        <p class="reconnecting" role="status">
          <span class="pulse">
            <Icon name="retry" size={14} />
          </span>
          {texts.shell.outOfDate}
        </p>
      )}
      {failed.value ? (
        <Empty icon="alert" title={texts.errors.page} isPage>
          <Button icon="retry" onClick={() => location.reload()}>
            {texts.errors.reload}
          </Button>
        </Empty>
      ) : (
        <ErrorBoundary
          onError={() => {
            failed.value = true;
          }}
        >
          <Router>
            {[
              ...pages.map((one) => <Route key={one.path} path={one.path} component={one.component} />),
              <Route key="/" path="/" component={First} />,
              <Route key="*" default component={Missing} />,
            ]}
          </Router>
        </ErrorBoundary>
      )}
    </main>
  );
}

/** Leads on from `/`, unless somebody has gone elsewhere meanwhile: this stays until that page has come. */
function First() {
  const { route } = useLocation();
  useEffect(() => {
    void firstPath().then((path) => {
      if (location.pathname === '/') route(path, true);
    });
  }, []);
  return null;
}

function Missing() {
  const { path } = useLocation();
  return (
    <Empty icon="search" title={texts.pages.missing} isPage>
      <p>{texts.missing.what(path)}</p>
      <p>
        <a href="/">{texts.missing.go}</a>
      </p>
    </Empty>
  );
}
