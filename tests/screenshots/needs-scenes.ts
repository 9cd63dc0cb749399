// The pages with what waits for a person, and what there is to see on them.

import type { Page } from 'playwright-core';
import type { Hub } from '../support/hub.js';
import { completion, failure } from '../support/on-hub.js';
import { eventually } from '../support/wait.js';
import type { Scene, Work } from './scenes.js';

const heading = (name: string) => async (page: Page) => page.getByRole('heading', { name }).first().waitFor();

export const NEEDS_SCENES: readonly Scene[] = [
  { name: 'needs-empty', path: '/needs-you', signedIn: true, hub: 'empty', prepare: heading('Nothing needs you') },
  { name: 'needs', path: '/needs-you', signedIn: true, hub: 'busy', prepare: heading('Upgrade the payment') },
  {
    name: 'needs-query',
    path: '/needs-you?q=repo:billing',
    signedIn: true,
    hub: 'busy',
    prepare: heading('Upgrade the payment'),
  },
  {
    name: 'needs-unmatched',
    path: '/needs-you?q=kind:unmatched,agent,review',
    signedIn: true,
    hub: 'busy',
    prepare: heading('No agent for it'),
  },
  {
    name: 'needs-alert',
    path: '/needs-you?q=kind:dead-letters+severity:warn',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => page.getByRole('button', { name: 'Acknowledge DeadLetters' }).waitFor(),
  },
  {
    name: 'needs-none',
    path: '/needs-you?q=repo:nowhere',
    signedIn: true,
    hub: 'busy',
    prepare: heading('Nothing matches'),
  },
  {
    name: 'operations-empty',
    path: '/operations',
    signedIn: true,
    hub: 'empty',
    prepare: heading('Nothing has run yet'),
  },
  {
    name: 'operations',
    path: '/operations',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => page.getByText('Put back').waitFor(),
  },
  {
    name: 'alerts-limits',
    path: '/alerts?tab=rules',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Edit ApiErrors' }).click();
      await page.getByRole('dialog').getByText('warnBurnTenths').waitFor();
    },
  },
  { name: 'dead-empty', path: '/dead-letters', signedIn: true, hub: 'empty', prepare: heading('No dead letters') },
  { name: 'dead', path: '/dead-letters', signedIn: true, hub: 'busy', prepare: firstGroup },
  {
    name: 'dead-group',
    path: '/dead-letters',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: /git\.push_refused/ }).click();
      await page.getByRole('complementary').getByRole('link').first().waitFor();
    },
  },
  {
    name: 'dead-edit',
    path: '/dead-letters',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: /git\.push_refused/ }).click();
      await page
        .getByRole('button', { name: /^More: / })
        .first()
        .click();
      await page.getByRole('button', { name: 'Edit and requeue' }).click();
      await page.getByRole('dialog').getByLabel('Prompt').waitFor();
    },
  },
  {
    name: 'dead-requeue',
    path: '/dead-letters',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: /git\.push_refused/ }).click();
      await page.getByRole('button', { name: /^Requeue \d+…/ }).click();
      await heading('dead letters?')(page);
    },
  },
  { name: 'alerts-empty', path: '/alerts', signedIn: true, hub: 'empty', prepare: heading('All quiet') },
  { name: 'alerts', path: '/alerts', signedIn: true, hub: 'busy', prepare: heading('DeadLetters') },
  {
    name: 'alerts-runbook',
    path: '/alerts',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Runbook' }).first().click();
      await heading('First look')(page);
    },
  },
  {
    name: 'alerts-silence',
    path: '/alerts',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Silence…' }).first().click();
      await page.getByLabel('Reason').waitFor();
    },
  },
  { name: 'rules', path: '/alerts?tab=rules', signedIn: true, hub: 'busy', prepare: firstGroup },
  {
    name: 'rule',
    path: '/alerts?tab=rules',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Edit QuestionWaiting' }).click();
      await page.getByRole('button', { name: 'Look' }).click();
      await page.getByText(/It did not fire in/).waitFor();
    },
  },
];

async function firstGroup(page: Page): Promise<void> {
  await page.locator('tbody tr').first().waitFor();
}

const SHOP = 'https://github.com/acme/shop.git';
const API = 'https://github.com/acme/billing-api.git';

/** Questions with choices, dead letters of several causes, reviews and alerts. */
export async function neediness(hub: Hub, work: Work): Promise<void> {
  await work({ title: 'Split the orders service', repo: { url: API } }, (one, seen) =>
    one.ok({
      type: 'task.block',
      ...seen,
      seq: 1,
      questionId: 'q7',
      question: 'Which table should own the invoice number?',
      context:
        'Both orders and invoices have one now, and they differ for 412 rows from before 2019.\nThe export of the accountants reads orders.invoice_no.\nNothing reads invoices.number but its own form.\nA migration of either takes about a minute on a copy of production.',
      choices: [
        'Keep invoices.number and migrate the export',
        'Keep orders.invoice_no',
        'Leave both, and sync them by a trigger',
      ],
    }),
  );
  const deaths = [
    [
      'Remove the old checkout',
      'permanent',
      'git.push_refused',
      'The remote refused the push to agentcom/remove-the-old-checkout: protected branch hook declined.',
    ],
    [
      'Rename the coupon table',
      'permanent',
      'git.push_refused',
      'The remote refused the push to agentcom/rename-the-coupon-table: protected branch hook declined.',
    ],
    [
      'Sort products by popularity',
      'permanent',
      'git.push_refused',
      'The remote refused the push to agentcom/sort-products-by-popularity: protected branch hook declined.',
    ],
    ['Rewrite the importer in Rust', 'budget', 'budget.used', 'The task has used $5.02 of $5.00.'],
  ] as const;
  for (const [title, errorClass, code, message] of deaths) {
    await work({ title, repo: { url: SHOP }, runner: 'claude', maxAttempts: 1 }, (one, seen) =>
      one.ok({ ...failure(seen, errorClass), error: { class: errorClass, code, message } }),
    );
  }
  await work({ title: 'Validate VAT numbers', repo: { url: SHOP } }, (one, seen) =>
    one.ok({
      ...completion(seen),
      result: {
        summary: 'Numbers are checked against the format of each country.',
        pullRequest: 'https://github.com/acme/shop/pull/218',
      },
    }),
  );
  const rules = { DeadLetters: { tasks: 3 }, NoCapableAgent: { forSeconds: 0 } };
  await hub.api.need('PATCH', '/config', { alerts: { evaluateSeconds: 1, rules } });
  await eventually('alerts', 30_000, async () => {
    const { items } = await hub.api.need<{ items: readonly { rule: string }[] }>('GET', '/alerts?state=firing');
    return ['DeadLetters', 'NoCapableAgent'].every((rule) => items.some((one) => one.rule === rule)) || undefined;
  });
  const late = { action: 'lane', to: 'up', q: 'state:queued "date picker"', reason: 'the release is tomorrow' };
  const { id } = await hub.api.operate('/tasks/actions', late);
  await hub.api.operate(`/operations/${id}/undo`);
  await hub.api.operate('/tasks/actions', late);
}
