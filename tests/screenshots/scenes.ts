// Every page of the dashboard as it is shown in a screenshot: with nothing in the organisation, and with work going on.
// Long because it is a list, a scene after the other.

import type { MemberRole, TaskSpec } from '@agentcom/schemas';
import type { Page } from 'playwright-core';
import type { AgentSocket } from '../support/agent-socket.js';
import type { Hub } from '../support/hub.js';
import { completion, connectedAgent, failure, question, sendDiff, workingOn } from '../support/on-hub.js';
import { MANY_SCENES } from './many-scenes.js';
import { NEEDS_SCENES, neediness } from './needs-scenes.js';
import { STATE_SCENES } from './state-scenes.js';
import { CHANGED, OUTPUT } from './task-texts.js';

export interface Scene {
  readonly name: string;
  readonly path: string;
  /** Whether somebody must be signed in; as an owner then. */
  readonly signedIn: boolean;
  /** In another role than that. */
  readonly role?: MemberRole;
  /** In which hub: one that has nothing, one at work, or one with very much on it. */
  readonly hub: 'empty' | 'busy' | 'many';
  /** What to do on the page first; it is ready once that has resolved. */
  readonly prepare?: (page: Page, hub: Hub) => Promise<void>;
  /** Takes back what the others are not to show. */
  readonly after?: (hub: Hub) => Promise<void>;
}

/** Has an agent of its own work on a task, and report what it does. */
export type Work = (
  spec: Partial<TaskSpec>,
  report?: (one: AgentSocket, seen: { task: string; generation: number }) => Promise<unknown>,
) => Promise<void>;

const heading = (name: string) => async (page: Page) => page.getByRole('heading', { name }).first().waitFor();

const SETTINGS = [
  ['members', 'Invite somebody'],
  ['keys', 'nightly-export'],
  ['machines', 'of 3 left'],
  ['notifications', 'on-call'],
  ['limits', 'Connected agents'],
  ['config', 'tasks.maxOffers'],
] as const;

export const SCENES: readonly Scene[] = [
  { name: 'sign-in', path: '/sign-in', signedIn: false, hub: 'empty', prepare: heading('Sign in') },
  {
    name: 'sign-in-failed',
    path: '/sign-in',
    signedIn: false,
    hub: 'empty',
    prepare: async (page) => {
      await page.getByLabel('E-mail').fill('nobody@example.org');
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByText('The address or the password is wrong').waitFor();
      await page.getByText('Try again. If you forgot').waitFor();
    },
  },
  {
    name: 'register',
    path: '/sign-in',
    signedIn: false,
    hub: 'empty',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Create an account' }).click();
      await page.getByLabel('Organisation', { exact: true }).waitFor();
    },
  },
  { name: 'start', path: '/', signedIn: true, hub: 'empty', prepare: heading('Get started') },
  {
    name: 'start-line',
    path: '/start',
    signedIn: true,
    hub: 'empty',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Make a join line' }).click();
      await page.getByText('AGENTCOM_TOKEN').waitFor();
    },
  },
  { name: 'tasks-empty', path: '/tasks', signedIn: true, hub: 'empty', prepare: heading('No tasks yet') },
  { name: 'tasks', path: '/tasks', signedIn: true, hub: 'busy', prepare: rows },
  {
    name: 'tasks-query',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.getByRole('combobox', { name: 'Filter tasks' }).fill('state:wor');
      await page.getByRole('option', { name: 'working' }).waitFor();
    },
  },
  {
    name: 'tasks-none',
    path: '/tasks?q=label:nothing',
    signedIn: true,
    hub: 'busy',
    prepare: heading('Nothing matches'),
  },
  {
    name: 'tasks-new',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'New task' }).click();
      await page.getByText('More options').click();
      await page.getByRole('dialog').getByLabel('Not before').waitFor();
    },
  },
  {
    name: 'tasks-selected',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      for (const key of ['j', 'x', 'j', 'x', 'j', 'x']) await page.keyboard.press(key);
      await page.getByRole('toolbar').waitFor();
    },
  },
  {
    name: 'tasks-act',
    path: '/tasks?q=state:queued',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.getByRole('button', { name: 'Act on all that match' }).click();
      await page.getByRole('button', { name: 'Cancel all that match…' }).click();
      await page.getByLabel('Reason').waitFor();
    },
  },
  {
    name: 'tasks-views',
    path: '/tasks?q=state:queued',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      for (const name of ['Everything that waits', 'Blocked on people'].slice(await savedViews(page))) {
        await page.getByRole('button', { name: 'Saved views' }).click();
        await page.getByRole('button', { name: 'Save this view…' }).click();
        await page.getByLabel('Name').fill(name);
        await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await page.getByRole('button', { name: 'Saved views' }).click();
      await page.locator(':popover-open .end').getByText(/\d/).first().waitFor();
    },
  },
  {
    name: 'tasks-peek',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.getByRole('button', { name: /Rotate the signing keys/ }).click();
      await page.getByRole('heading', { name: 'Prompt' }).waitFor();
    },
  },
  {
    name: 'commands',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.keyboard.press('Control+k');
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'keys',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.keyboard.press('?');
      await heading('Keyboard shortcuts')(page);
    },
  },
  {
    name: 'halt',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.getByRole('button', { name: 'Halt', exact: true }).click();
      await heading('Halt work')(page);
    },
  },
  {
    name: 'halt-label',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.getByRole('button', { name: 'Halt', exact: true }).click();
      await page.getByLabel('What to halt').selectOption('label');
      await page.getByLabel('Label', { exact: true }).fill('team=docs');
      await page.getByText(/waiting\.$/).waitFor();
    },
  },
  {
    name: 'menu',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.getByRole('button', { name: 'Account and settings' }).click();
      await page.getByText('Sign out').waitFor();
    },
  },
  ...NEEDS_SCENES,
  ...MANY_SCENES,
  ...STATE_SCENES,
  { name: 'task-working', path: '/tasks?q=Fix+the+login', signedIn: true, hub: 'busy', prepare: opened('Log') },
  {
    name: 'task-question',
    path: '/tasks?q=Upgrade+the+payment',
    signedIn: true,
    hub: 'busy',
    prepare: opened('Questions'),
  },
  { name: 'task-dead', path: '/tasks?q=Translate', signedIn: true, hub: 'busy', prepare: opened('Events') },
  { name: 'task-done', path: '/tasks?q=word+count', signedIn: true, hub: 'busy', prepare: opened('Prompt') },
  { name: 'task-diff', path: '/tasks?q=word+count', signedIn: true, hub: 'busy', prepare: opened('Diff') },
  { name: 'task-files', path: '/tasks?q=word+count', signedIn: true, hub: 'busy', prepare: opened('Files') },
  { name: 'task-files-none', path: '/tasks?q=Index', signedIn: true, hub: 'busy', prepare: opened('Files') },
  { name: 'task-queued', path: '/tasks?q=Index', signedIn: true, hub: 'busy', prepare: opened('Log') },
  { name: 'agents-empty', path: '/agents', signedIn: true, hub: 'empty', prepare: heading('No agents yet') },
  { name: 'agents', path: '/agents', signedIn: true, hub: 'busy', prepare: rows },
  {
    name: 'agents-panel',
    path: '/agents?q=state:working',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.locator('tbody tr .row-title').first().click();
      await heading('Recent tasks')(page);
    },
  },
  { name: 'costs-empty', path: '/costs', signedIn: true, hub: 'empty', prepare: heading('Nothing was used') },
  {
    name: 'costs',
    path: '/costs',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('row', { name: /^Sum/ }).waitFor();
      await page.locator('canvas').waitFor();
    },
  },
  {
    name: 'costs-limit',
    path: '/costs',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Set a limit…' }).click();
      await heading('Set a spend limit')(page);
    },
  },
  { name: 'messages-empty', path: '/messages', signedIn: true, hub: 'empty', prepare: heading('No messages') },
  {
    name: 'messages',
    path: '/messages?channel=builds',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => page.getByText('The staging database is back.').last().waitFor(),
  },
  { name: 'system-new', path: '/system', signedIn: true, hub: 'empty', prepare: heading('Streams') },
  {
    name: 'system',
    path: '/system',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => page.getByRole('listitem').filter({ hasText: '-demand-' }).first().waitFor(),
  },
  {
    name: 'system-restore',
    path: '/system',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page
        .getByRole('button', { name: /^Restore agentcom/ })
        .first()
        .click();
      await heading('Restore this backup?')(page);
    },
  },
  ...SETTINGS.map(
    ([tab, text]): Scene => ({
      name: `settings-${tab}`,
      path: `/settings?tab=${tab}`,
      signedIn: true,
      hub: 'busy',
      prepare: async (page) => page.getByText(text).first().waitFor(),
    }),
  ),
  {
    name: 'settings-key',
    path: '/settings?tab=keys',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Create a key' }).click();
      await page.getByLabel('tasks:read').waitFor();
    },
  },
  { name: 'account', path: '/account', signedIn: true, hub: 'empty', prepare: heading('Keys') },
  { name: 'missing', path: '/nowhere', signedIn: true, hub: 'empty', prepare: heading('Nothing here') },
];

async function rows(page: Page): Promise<void> {
  await page.locator('tbody tr').first().waitFor();
}

/** How many there are: each window comes to the same hub. */
async function savedViews(page: Page): Promise<number> {
  const response = await page.request.get('/api/v1/views');
  return ((await response.json()) as { readonly items: readonly unknown[] }).items.length;
}

/** Opens the first task of the list, with that tab. */
function opened(tab: string) {
  return async (page: Page): Promise<void> => {
    await rows(page);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel', { name: tab }).waitFor();
  };
}

const SHOP = 'https://github.com/acme/shop.git';
const API = 'https://github.com/acme/billing-api.git';

/** Tasks in every state, by agents that are kept connected until they are closed. */
export async function busyHub(hub: Hub): Promise<readonly AgentSocket[]> {
  const agents: AgentSocket[] = [];
  const agent = async (): Promise<AgentSocket> => {
    const one = await connectedAgent(hub);
    agents.push(one);
    return one;
  };
  const usage = { costMicros: 1_240_000, currency: 'USD', inputTokens: 81_000, outputTokens: 9_400, seconds: 412 };
  const work: Work = async (spec, report) => {
    const one = await agent();
    const seen = await workingOn(hub, one, spec);
    await report?.(one, seen);
  };
  await work({ title: 'Make the word count right', repo: { url: SHOP }, labels: { team: 'docs' } }, (one, seen) =>
    sendDiff(one, seen, CHANGED).then(() => one.ok({ ...completion(seen, 1, 'The count was off by one.'), usage })),
  );
  await work({ title: 'Drop the unused feature flags', repo: { url: SHOP } }, (one, seen) =>
    one.ok({ ...completion(seen), usage: { ...usage, costMicros: 310_000 } }),
  );
  await work({ title: 'Fix the login form on small screens', repo: { url: SHOP }, lane: 'high' }, (one, seen) =>
    one
      .ok({ type: 'task.progress', ...seen, seq: 1, note: 'Running the tests', fraction: 0.6, usage })
      .then(() => one.send({ type: 'task.output', ...seen, outputSeq: 1, stream: 'agent', data: OUTPUT })),
  );
  await work({
    title: 'Rotate the signing keys',
    prompt:
      'Rotate the keys that sign webhooks.\nKeep the old one valid for a week, and say in the changelog how to move over.',
    repo: { url: API },
    lane: 'urgent',
    labels: { team: 'platform', ticket: 'PLT-412' },
    budget: { costMicros: 5_000_000 },
  });
  await work({ title: 'Upgrade the payment library', repo: { url: API }, lane: 'high' }, (one, seen) =>
    one.ok(question(seen)),
  );
  await work({ title: 'Translate the error pages', repo: { url: SHOP }, maxAttempts: 1 }, (one, seen) =>
    one.ok(failure(seen, 'permanent')),
  );
  for (const [title, lane] of [
    ['Index the orders table by customer and day', 'normal'],
    ['Write a runbook for the nightly export', 'low'],
    ['Replace the date picker', 'normal'],
    ['Speed up the search for products with many variants, which takes seconds for the largest customers', 'normal'],
  ] as const) {
    await hub.api.submit({ title, lane, needs: ['gpu'], repo: { url: SHOP } });
  }
  await hub.api.submit({ title: 'Send the quarterly report', needs: ['gpu'], notBefore: '2099-01-01T08:00:00Z' });
  const cancelled = await hub.api.submit({ title: 'Try another colour for the header', needs: ['gpu'] });
  await hub.api.need('POST', `/tasks/${cancelled.id}/cancel`, { reason: 'the design has changed' });
  await neediness(hub, work);
  for (const [scope, body] of [
    ['org', { currency: 'USD', day: { costMicros: 50_000_000 }, month: { costMicros: 800_000_000 } }],
    ['label:team=docs', { currency: 'USD', day: { costMicros: 1_500_000, tokens: 5_000_000 } }],
  ] as const) {
    await hub.api.need('PUT', `/limits/${encodeURIComponent(scope)}`, body);
  }
  await setUp(hub, await agent());
  return agents;
}

/** What the settings, the messages and the page of the hub show. */
async function setUp(hub: Hub, agent: AgentSocket): Promise<void> {
  await hub.api.need('POST', '/keys', {
    role: 'operator',
    name: 'nightly-export',
    scopes: ['tasks:read', 'agents:read'],
  });
  await hub.api.need('POST', '/enrolments', { name: 'rack 3', uses: 3, capabilities: ['gpu'] });
  await hub.api.need('POST', '/members', { role: 'developer', email: 'grace@example.org' });
  const settings = { url: 'https://ops.example.org/hooks/agentcom-alerts' };
  await hub.api.need('POST', '/notifications/channels', { kind: 'webhook', name: 'on-call', settings });
  await agent.ok({ type: 'channel.join', channel: 'builds' });
  await agent.ok({ type: 'message.send', to: 'channel:builds', body: 'The staging database is away since 09:40.' });
  await hub.api.need('POST', '/messages', { to: 'channel:builds', body: 'The staging database is back.' });
  await hub.api.operate('/backups');
  await hub.api.operate('/compactions');
}
