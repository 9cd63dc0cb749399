// What the page does beside being a page: it opens without its hub, and shows what the hub tells this browser of while no page is open.

import type { CDPSession, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { type Person, signIn } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';
import { startHub } from '../support/hub.js';

const suite = new BrowserSuite();
let person: Person;
let page: Page;

beforeAll(async () => {
  person = await suite.person();
  page = person.page;
  await person.context.grantPermissions(['notifications'], { origin: suite.hub.url });
  // No push service of others can be reached from a test: the browser's keys are its own, and the address is one that nobody answers at.
  await page.addInitScript(() => {
    const world = globalThis as unknown as InPage;
    let made: object | null = null;
    world.PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
      if (applicationServerKey.length !== 87) throw new TypeError('this is no key of a hub');
      const pair = await world.crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
      const text = (data: ArrayBuffer | Uint8Array): string =>
        btoa(String.fromCharCode(...new Uint8Array(data as ArrayBuffer)))
          .replaceAll('+', '-')
          .replaceAll('/', '_')
          .replaceAll('=', '');
      const p256dh = text(await world.crypto.subtle.exportKey('raw', pair.publicKey));
      const auth = text(world.crypto.getRandomValues(new Uint8Array(16)));
      const endpoint = 'https://push.example/browser';
      made = {
        toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh, auth } }),
        unsubscribe: async () => {
          made = null;
          return true;
        },
      };
      return made;
    };
    world.PushManager.prototype.getSubscription = async () => made;
  });
  await signIn(person, suite.hub);
});

test('it can be installed', async () => {
  const session = await person.context.newCDPSession(page);
  const { errors, data = '' } = await session.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { icons } = JSON.parse(data) as { icons: { src: string; type: string }[] };
  for (const { src, type } of icons) {
    const response = await fetch(`${suite.hub.url}${src}`);
    expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([200, type]);
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(20_000);
  }
  await session.detach();
});

test('a browser is told of tasks when somebody turns that on, and no more when it is turned off', async () => {
  await page.goto('/account');
  const section = page.getByRole('region', { name: 'Notifications in this browser' });
  await section.getByRole('button', { name: 'Turn on' }).click();
  await section.getByText('On.', { exact: true }).waitFor();
  const kept = await page.evaluate(() => (globalThis as unknown as InPage).localStorage.getItem('agentcom.push'));
  await section.getByRole('button', { name: 'Turn off' }).click();
  await section.getByText('Off.', { exact: true }).waitFor();
  // It was the hub's, and it is gone.
  const gone = await page.evaluate(async (id) => {
    const response = await fetch(`/api/v1/notifications/push-subscriptions/${id}`, { method: 'DELETE' });
    return response.status;
  }, kept);
  expect([kept === null, gone]).toEqual([false, 404]);
});

test('what the hub sends is shown, and what is over takes its place', async () => {
  const { session, registrationId } = await worker();
  const send = (message: object) =>
    session.send('ServiceWorker.deliverPushMessage', {
      origin: suite.hub.url,
      registrationId,
      data: JSON.stringify({ tag: 'task-1', severity: 'warn', since: 1_700_000_000_000, body: 'ann asks', ...message }),
    });
  await send({ title: 'Question: Mend the roof', state: 'open', url: `${suite.hub.url}/tasks` });
  await expect.poll(shown).toEqual(['Question: Mend the roof (task-1): ann asks']);
  await send({ title: 'Question answered: Mend the roof', state: 'closed', body: 'The task is working now.' });
  await expect.poll(shown).toEqual(['Question answered: Mend the roof (task-1): The task is working now.']);
  await session.detach();
});

test('a click on what is shown leads to its page: in the window that has it, else in any, else in a new one', async () => {
  const [own] = person.context.serviceWorkers();
  if (own === undefined) throw new Error('there is no service worker');
  await own.evaluate(standInForFinger);
  const tell = (tag: string, path: string): Promise<void> => {
    // Some people reach the hub by another name.
    const url = `https://hub.example${path}`;
    const message = { title: 'A question', tag, severity: 'warn', state: 'open', since: 1, body: '', url };
    return own.evaluate(push, JSON.stringify(message));
  };
  const click = async (tag: string): Promise<void> => {
    expect(await own.evaluate(clickOn, tag)).toBe(true);
    // It is shown no more.
    expect(await own.evaluate(clickOn, tag)).toBe(false);
  };
  const led = () => own.evaluate(() => (globalThis as unknown as InWorker).led);
  await page.goto('/alerts');
  await page.getByRole('banner').waitFor();
  await tell('alert-1', '/alerts');
  const other = await person.context.newPage();
  await other.goto('/account');
  await other.getByRole('banner').waitFor();
  await Promise.all([page.waitForEvent('load'), click('alert-1')]);
  expect(await led()).toEqual([`to ${suite.hub.url}/alerts`]);
  expect(new URL(other.url()).pathname).toBe('/account');
  await other.close();

  await page.goto('/account');
  await tell('task-7', '/tasks?q=state:blocked');
  await Promise.all([page.waitForURL('**/tasks?q=state:blocked'), click('task-7')]);
  await page.getByRole('banner').waitFor();
  await tell('task-8', '/needs-you');
  await page.goto('about:blank');
  await click('task-8');
  await expect.poll(led).toEqual([`new ${suite.hub.url}/needs-you`]);
});

test('it opens without the suite.hub, says so, and has kept nothing of what the hub has answered', async () => {
  await page.goto('/tasks');
  await page.getByRole('heading', { name: 'No tasks yet' }).waitFor();
  await page.evaluate(() => (globalThis as unknown as InPage).navigator.serviceWorker.ready);
  const paths = await page.evaluate(async () => {
    const { caches } = globalThis as unknown as InPage;
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });
  expect(paths).toContain('/');
  expect(paths.filter((path) => path !== '/' && !path.startsWith('/assets/'))).toEqual([]);
  // The one that was asked for above on purpose.
  expect(person.complaints.filter((one) => !one.includes('push-subscriptions'))).toEqual([]);
  await suite.hub.kill9();
  await page.goto('/tasks');
  await page.getByText('The hub cannot be reached.').waitFor();
  suite.hub = await startHub(suite.sandbox, { dataDir: suite.hub.dataDir, port: suite.hub.port });
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'No tasks yet' }).waitFor();
});

async function worker(): Promise<{ readonly session: CDPSession; readonly registrationId: string }> {
  const session = await person.context.newCDPSession(page);
  const registrationId = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [own] = registrations.filter(({ scopeURL }) => scopeURL.startsWith(suite.hub.url));
      if (own !== undefined) resolve(own.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  await page.evaluate(() => (globalThis as unknown as InPage).navigator.serviceWorker.ready);
  return { session, registrationId: await registrationId };
}

function shown(): Promise<string[]> {
  return page.evaluate(async () => {
    const registration = await (globalThis as unknown as InPage).navigator.serviceWorker.ready;
    const notifications = await registration.getNotifications();
    return notifications.map(({ title, tag, body }) => `${title} (${tag}): ${body}`);
  });
}

interface InWorker {
  /** What the last click has led to: a window that showed this was brought to the front, or a new one was opened. */
  led: string[];
  readonly WindowClient: { readonly prototype: { focus: () => Promise<unknown> } };
  readonly clients: { openWindow: (url: string) => Promise<null> };
  readonly registration: { getNotifications(by: { readonly tag: string }): Promise<readonly object[]> };
  readonly NotificationEvent: new (type: string, about: { readonly notification: object }) => Event;
  readonly PushEvent: new (type: string, about: { readonly data: string }) => Event;
  dispatchEvent(event: Event): boolean;
}

/** A browser brings windows to the front, and opens some, only where a person has clicked: here nobody has. */
function standInForFinger(): void {
  const world = globalThis as unknown as InWorker;
  world.WindowClient.prototype.focus = async function (this: { readonly url: string }) {
    world.led.push(`to ${this.url}`);
    return this;
  };
  world.clients.openWindow = async (url) => {
    world.led.push(`new ${url}`);
    return null;
  };
}

/** Until it is shown. */
async function push(data: string): Promise<void> {
  const world = globalThis as unknown as InWorker;
  const event = new world.PushEvent('push', { data });
  const shown = new Promise<unknown>((resolve) => {
    Object.defineProperty(event, 'waitUntil', { value: resolve });
  });
  world.dispatchEvent(event);
  await shown;
}

/** False while nothing is shown under the tag. */
async function clickOn(tag: string): Promise<boolean> {
  const world = globalThis as unknown as InWorker;
  const [notification] = await world.registration.getNotifications({ tag });
  if (notification === undefined) return false;
  world.led = [];
  const event = new world.NotificationEvent('notificationclick', { notification });
  // Only a browser's own events keep a worker awake.
  Object.defineProperty(event, 'waitUntil', { value: () => undefined });
  world.dispatchEvent(event);
  return true;
}

/** What of a browser is used in the page; these tests are compiled for Node. */
interface InPage {
  readonly PushManager: {
    prototype: {
      subscribe: (options: { readonly applicationServerKey: string }) => Promise<object>;
      getSubscription: () => Promise<object | null>;
    };
  };
  readonly crypto: typeof globalThis.crypto;
  readonly localStorage: { getItem(name: string): string | null };
  readonly caches: {
    keys(): Promise<string[]>;
    open(name: string): Promise<{ keys(): Promise<readonly { readonly url: string }[]> }>;
  };
  readonly navigator: {
    readonly serviceWorker: {
      readonly ready: Promise<{
        getNotifications(): Promise<readonly { readonly title: string; readonly tag: string; readonly body: string }[]>;
      }>;
    };
  };
}
