// All pages: where each is, who may see it, how one gets there by keyboard, and what loads it. The navigation, the command bar and the help
// are made from this table, so that nothing is linked that is not there.

import type { Action } from '@agentcom/schemas/names';
import type { ComponentType } from 'preact';
import { lazy } from 'preact-iso';
import { may } from './session.js';
import { texts } from './texts/common.js';
import { addressWith } from './ui/address.js';
import type { IconName } from './ui/icon.js';

export interface Page {
  readonly name: Exclude<keyof typeof texts.pages, 'missing'>;
  /** As the router takes it: `/tasks/:id`. */
  readonly path: string;
  /** After `g`; what has none is not in the navigation. */
  readonly key?: string;
  readonly icon: IconName;
  /** What one must be allowed to do. */
  readonly action: Action;
  readonly component: ComponentType;
}

export const PAGES: readonly Page[] = [
  {
    name: 'start',
    path: '/start',
    key: 'h',
    icon: 'rocket',
    action: 'tasks.read',
    component: lazy(() => import('./pages/start/start-page.js').then((module) => module.StartPage)),
  },
  {
    name: 'needsYou',
    path: '/needs-you',
    key: 'n',
    icon: 'inbox',
    action: 'tasks.read',
    component: lazy(() => import('./pages/needs-you/needs-page.js').then((module) => module.NeedsPage)),
  },
  {
    name: 'tasks',
    path: '/tasks',
    key: 't',
    icon: 'list',
    action: 'tasks.read',
    component: lazy(() => import('./pages/tasks/tasks-page.js').then((module) => module.TasksPage)),
  },
  {
    name: 'task',
    path: '/tasks/:id',
    icon: 'list',
    action: 'tasks.read',
    component: lazy(() => import('./pages/task/task-page.js').then((module) => module.TaskPage)),
  },
  {
    name: 'agents',
    path: '/agents',
    key: 'a',
    icon: 'agent',
    action: 'agents.read',
    component: lazy(() => import('./pages/agents/agents-page.js').then((module) => module.AgentsPage)),
  },
  {
    name: 'deadLetters',
    path: '/dead-letters',
    key: 'd',
    icon: 'dead',
    action: 'deadLetters.read',
    component: lazy(() => import('./pages/dead-letters/dead-letters-page.js').then((module) => module.DeadLettersPage)),
  },
  {
    name: 'costs',
    path: '/costs',
    key: 'c',
    icon: 'coins',
    action: 'costs.read',
    component: lazy(() => import('./pages/costs/costs-page.js').then((module) => module.CostsPage)),
  },
  {
    name: 'alerts',
    path: '/alerts',
    key: 'l',
    icon: 'bell',
    action: 'alerts.read',
    component: lazy(() => import('./pages/alerts/alerts-page.js').then((module) => module.AlertsPage)),
  },
  {
    name: 'messages',
    path: '/messages',
    key: 'm',
    icon: 'message',
    action: 'messages.read',
    component: lazy(() => import('./pages/messages/messages-page.js').then((module) => module.MessagesPage)),
  },
  {
    name: 'operations',
    path: '/operations',
    key: 'o',
    icon: 'clock',
    action: 'operations.follow',
    component: lazy(() => import('./pages/operations/operations-page.js').then((module) => module.OperationsPage)),
  },
  {
    name: 'system',
    path: '/system',
    key: 's',
    icon: 'server',
    action: 'metrics.read',
    component: lazy(() => import('./pages/system/system-page.js').then((module) => module.SystemPage)),
  },
  {
    name: 'settings',
    path: '/settings',
    icon: 'sliders',
    action: 'members.read',
    component: lazy(() => import('./pages/settings/settings-page.js').then((module) => module.SettingsPage)),
  },
  {
    name: 'account',
    path: '/account',
    icon: 'person',
    action: 'self.manage',
    component: lazy(() => import('./pages/account/account-page.js').then((module) => module.AccountPage)),
  },
];

/** Whether the page is the one at the address. Pure. */
export function isAt({ path: pattern }: Pick<Page, 'path'>, path: string): boolean {
  const [wanted, given] = [pattern, path].map((one) => one.split('/'));
  return (
    wanted?.length === given?.length && wanted?.every((part, i) => part.startsWith(':') || part === given?.[i]) === true
  );
}

export function titleOf({ name }: Pick<Page, 'name'>): string {
  return texts.pages[name];
}

/** Whether it is there for whoever is signed in. */
export function hasPage(path: string): boolean {
  return PAGES.some((page) => page.path === path && may(page.action));
}

/** What of an address says how a page is looked at, and names nothing that there is. */
const OF_VIEWS = ['sort', 'cols', 'tab', 'by', 'period'];

/** The same page for somebody who may do this in another organisation: of one thing that is not there its list, else the first page. Pure. */
export function addressElsewhere(url: string, actions: readonly string[]): string {
  const [path = '/', search = ''] = url.split('?');
  const named = PAGES.find((page) => isAt(page, path));
  const listPath = named?.path.replace(/\/:.*$/, '');
  const page = PAGES.find((one) => one.path === listPath);
  if (page === undefined || !actions.includes(page.action)) return '/';
  if (page !== named) return page.path;
  const query = new URLSearchParams(search);
  return addressWith(page.path, Object.fromEntries(OF_VIEWS.map((name) => [name, query.get(name) ?? undefined])));
}
