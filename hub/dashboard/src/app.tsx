// Who sees what: the page to sign in, or the shell with the page that the address names.

import { useEffect } from 'preact/hooks';
import { ErrorBoundary, LocationProvider, lazy, useLocation } from 'preact-iso';
import { ApiError } from './api/problem.js';
import { loadSession, sessionState } from './session.js';
import { Shell } from './shell/shell.js';
import { texts } from './texts/common.js';
import { Announcements } from './ui/announce.js';
import { SkeletonRows } from './ui/empty.js';
import { ErrorNote } from './ui/error-note.js';
import { Toasts } from './ui/toast.js';

const SignInPage = lazy(() => import('./pages/sign-in/sign-in-page.js').then((module) => module.SignInPage));

/** What the hub answers itself, and no page does. */
const OURS = /^\/(?!api\/|join(\/|$)|sign-in\/oidc)/;

export function App() {
  return (
    <LocationProvider scope={OURS}>
      <ErrorBoundary>
        <Body />
      </ErrorBoundary>
      <Toasts />
      <Announcements />
    </LocationProvider>
  );
}

function Body() {
  const { path, url, route } = useLocation();
  const state = sessionState.value;
  const isSigningIn = path === '/sign-in';
  useEffect(() => {
    if (state === 'out' && !isSigningIn) route(`/sign-in?to=${encodeURIComponent(url)}`, true);
  }, [state, isSigningIn]);
  if (isSigningIn) return <SignInPage />;
  switch (state) {
    case 'in':
      return <Shell />;
    case 'unreachable':
      return (
        <main class="page">
          <ErrorNote error={new ApiError('network', 0, texts.errors.network)} onRetry={() => void loadSession()} />
        </main>
      );
    default:
      return (
        <main class="page">
          <SkeletonRows />
        </main>
      );
  }
}
