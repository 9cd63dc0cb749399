// Begins the dashboard in the page that the hub serves.

import './styles/theme.css';
import './styles/base.css';
import './styles/components.css';
import './styles/shell.css';
import { render } from 'preact';
import { App } from './app.js';
import { startClock } from './clock.js';
import { listenForShortcuts } from './keys/shortcuts.js';
import { startWorker } from './push.js';
import { loadSession } from './session.js';
import { followTheme } from './theme.js';

followTheme(document.documentElement);
startClock(document);
listenForShortcuts(document);
void loadSession();
render(<App />, document.getElementById('app') as HTMLElement);
// The sources are served without one.
if (import.meta.env.PROD) void startWorker().catch(() => undefined);
