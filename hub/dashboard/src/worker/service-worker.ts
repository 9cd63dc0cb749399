// Runs beside the pages: keeps the shell, so that it opens at once and without the hub says so, and shows what the hub sends by web push.
// A new build has a new list of files, and with that a new worker and a new cache.

import { destinationOf, readMessage, shownAs } from './message.js';
import { answering } from './shell.js';

/** Put in by the build: what the first view is made of, and a name for all of it. */
declare const __SHELL__: { readonly version: string; readonly files: readonly string[] };
declare const self: ServiceWorkerGlobalScope;

const PAGE = '/';
const PREFIX = 'agentcom-shell-';
const CACHE = `${PREFIX}${__SHELL__.version}`;

self.addEventListener('install', (event) => {
  const keep = async (): Promise<void> => {
    const cache = await caches.open(CACHE);
    await cache.addAll([new Request(PAGE, { headers: { accept: 'text/html' }, cache: 'reload' }), ...__SHELL__.files]);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener('activate', (event) => {
  const forget = async (): Promise<void> => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
    );
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  switch (answering(request, self.location.origin)) {
    case 'page':
      return event.respondWith(page(request));
    case 'asset':
      return event.respondWith(asset(request));
  }
});

/** The newest that there is; the one that is kept only where the hub does not answer. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(PAGE, { cacheName: CACHE, ignoreVary: true });
    if (kept === undefined) throw error;
    return kept;
  }
}

/** Never fetched twice: its name has a hash of what is in it. */
async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

self.addEventListener('push', (event) => {
  const { title, options } = shownAs(readMessage(event.data?.text()));
  event.waitUntil(self.registration.showNotification(title, options));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(destinationOf(event.notification.data?.url, self.location.origin)));
});

/** In a window that is open already, where there is one: the one that shows it, so that nobody is led away from anything else. */
async function show(url: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window' });
  const open = windows.find((one) => one.url === url) ?? windows[0];
  const shown = open === undefined ? undefined : await open.focus().catch(() => undefined);
  const moved = await shown?.navigate(url).catch(() => null);
  if (moved === null || moved === undefined) await self.clients.openWindow(url);
}
