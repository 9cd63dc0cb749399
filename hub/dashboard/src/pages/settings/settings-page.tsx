// What an organisation is made of, and how the hub is set: each part is loaded when somebody goes there.

import type { Action } from '@agentcom/schemas/names';
import type { ComponentType } from 'preact';
import { lazy } from 'preact-iso';
import { may } from '../../session.js';
import { settingsTexts as texts } from '../../texts/settings.js';
import { addressWith, useAddress } from '../../ui/address.js';
import '../alerts/alerts.css';
import '../account/account.css';
import './settings.css';

interface Tab {
  readonly name: keyof typeof texts.tabs;
  readonly action: Action;
  readonly component: ComponentType;
}

const TABS: readonly Tab[] = [
  {
    name: 'members',
    action: 'members.read',
    component: lazy(() => import('./members-tab.js').then((module) => module.MembersTab)),
  },
  {
    name: 'keys',
    action: 'keys.manage',
    component: lazy(() => import('./keys-tab.js').then((module) => module.KeysTab)),
  },
  {
    name: 'machines',
    action: 'agents.invite',
    component: lazy(() => import('./machines-tab.js').then((module) => module.MachinesTab)),
  },
  {
    name: 'notifications',
    action: 'notifications.read',
    component: lazy(() => import('./notifications-tab.js').then((module) => module.NotificationsTab)),
  },
  {
    name: 'limits',
    action: 'usage.read',
    component: lazy(() => import('./limits-tab.js').then((module) => module.LimitsTab)),
  },
  {
    name: 'config',
    action: 'config.read',
    component: lazy(() => import('./config-tab.js').then((module) => module.ConfigTab)),
  },
];

export function SettingsPage() {
  const { query } = useAddress();
  const tabs = TABS.filter(({ action }) => may(action));
  const tab = tabs.find(({ name }) => name === query.tab) ?? tabs[0];
  return (
    <div class="page settings">
      <div class="page-head">
        <h1>{texts.title}</h1>
        <nav class="tabs" aria-label={texts.tabsLabel}>
          {tabs.map(({ name }) => (
            <a
              key={name}
              href={addressWith('/settings', { tab: name === tabs[0]?.name ? undefined : name })}
              aria-current={name === tab?.name ? 'page' : undefined}
            >
              {texts.tabs[name]}
            </a>
          ))}
        </nav>
      </div>
      {tab !== undefined && <tab.component key={tab.name} />}
    </div>
  );
}
