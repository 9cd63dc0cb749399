// What one sees on every page: whose hub it is, how it is, what waits and what it costs, and the way to stop it.

import type { Me, Money } from '@agentcom/schemas';
import { LANES, type Lane, LIMIT_SHARES } from '@agentcom/schemas/names';
import type { ComponentChildren } from 'preact';
import { toApiError } from '../api/problem.js';
import { CLOCK_MODES, clockMode, now } from '../clock.js';
import { formatClock, formatCompact } from '../format.js';
import { connectionState, overview } from '../live/live.js';
import { formatAmount, formatAmounts } from '../money.js';
import { addressElsewhere, hasPage } from '../pages.js';
import { may, me, organisations, signOut, switchOrganisation } from '../session.js';
import { texts } from '../texts/common.js';
import { THEMES, theme } from '../theme.js';
import { Button } from '../ui/button.js';
import { Chip, type Tone } from '../ui/chip.js';
import { Icon } from '../ui/icon.js';
import { Menu, MenuItem, MenuLink } from '../ui/menu.js';
import { toastError } from '../ui/toast.js';
import { isStarted } from './counts.js';

interface TopBarProps {
  readonly onHalt: () => void;
  readonly onCommands: () => void;
  readonly onHelp: () => void;
}

export function TopBar({ onHalt, onCommands, onHelp }: TopBarProps) {
  const halts = overview.value?.halts ?? [];
  return (
    <header class="top">
      <a class="brand" href="/">
        <img src="/icon.svg" alt={texts.name} width={20} height={20} />
        <span>{organisations().current ?? texts.name}</span>
      </a>
      <HealthChip />
      <div class="figures numbers">
        <NeedsYou />
        <Queue />
        <Spend />
      </div>
      <span class="push" />
      <ConnectionMark />
      <span class="wide-only muted numbers" title={texts.shell.clocks[clockMode.value]}>
        {formatClock(now.value, clockMode.value)}
        {clockMode.value === 'utc' && ' UTC'}
      </span>
      <Button kind="quiet" icon="search" label={texts.shell.commands} shortcut="Control+K" onClick={onCommands} />
      {(may('halts.change') || (may('halts.read') && halts.length > 0)) && (
        <Button kind={halts.length > 0 ? 'danger' : 'plain'} icon="halt" onClick={onHalt}>
          {halts.length > 0 ? texts.halt.halted : texts.halt.button}
        </Button>
      )}
      <AccountMenu onHelp={onHelp} />
    </header>
  );
}

const TONES: Readonly<Record<'page' | 'warn' | 'info', Tone>> = { page: 'bad', warn: 'warn', info: 'accent' };

function HealthChip() {
  const { firing, worst } = overview.value ?? {};
  if (!may('alerts.read') || overview.value === undefined) return null;
  const isQuiet = firing === 0 || worst === undefined;
  return (
    <Linked to="/alerts">
      {firing === undefined ? (
        <Chip icon="alert">{texts.shell.healthUnknown}</Chip>
      ) : isQuiet ? (
        <Chip tone="good" icon="check">
          {texts.shell.healthy}
        </Chip>
      ) : (
        <Chip tone={TONES[worst]} icon="alert">
          {texts.shell.alerts(firing)}
        </Chip>
      )}
    </Linked>
  );
}

/** Where there is such a page for whoever looks. */
function Linked({ to, children }: { readonly to: string; readonly children: ComponentChildren }) {
  if (!hasPage(to)) return children;
  return (
    <a class="plain-link" href={to}>
      {children}
    </a>
  );
}

function NeedsYou() {
  const { needsYou = 0 } = overview.value ?? {};
  if (needsYou === 0) return null;
  return (
    <span class="wide-only">
      <Linked to="/needs-you">
        <span class="figure">
          {texts.shell.needsYou} <b>{formatCompact(needsYou)}</b>
        </span>
      </Linked>
    </span>
  );
}

function Queue() {
  const queued = overview.value?.queued;
  if (queued === undefined) return null;
  const lanes = LANES.filter((lane) => queued[lane] > 0);
  if (lanes.length < 2) return <Lanes lanes={lanes} queued={queued} />;
  const total = lanes.reduce((sum, lane) => sum + queued[lane], 0);
  return (
    <>
      <Lanes lanes={lanes} queued={queued} isWide />
      <span class="queue-menu">
        <Menu
          label={texts.shell.byLane(formatCompact(total))}
          shown={
            <span class="figure">
              {texts.shell.queue} <b>{formatCompact(total)}</b>
            </span>
          }
        >
          {lanes.map((lane) => (
            <MenuLink key={lane} href={laneHref(lane)}>
              {texts.shell.lanes[lane]} <span class="end numbers">{formatCompact(queued[lane])}</span>
            </MenuLink>
          ))}
        </Menu>
      </span>
    </>
  );
}

interface LanesProps {
  readonly lanes: readonly Lane[];
  readonly queued: Readonly<Record<Lane, number>>;
  /** Where there is less room, a menu has them. */
  readonly isWide?: boolean;
}

function Lanes({ lanes, queued, isWide = false }: LanesProps) {
  return (
    <span class={`figure${isWide ? ' queue-lanes' : ''}`}>
      {texts.shell.queue}{' '}
      {lanes.length === 0 ? (
        <b>0</b>
      ) : (
        <span class="lanes">
          {lanes.map((lane) => (
            <a key={lane} class="plain-link" href={laneHref(lane)}>
              <b>{formatCompact(queued[lane])}</b> {texts.shell.lanes[lane]}
            </a>
          ))}
        </span>
      )}
    </span>
  );
}

function laneHref(lane: Lane): string {
  return `/tasks?q=state:queued%20lane:${lane}`;
}

function Spend() {
  const { today = [], todayUnknown = 0, todayLimit } = overview.value?.spend ?? {};
  if (today.length === 0 && todayUnknown === 0 && todayLimit === undefined) return null;
  const spent = today.find(({ currency }) => currency === todayLimit?.currency)?.costMicros ?? 0;
  const isClosed = todayLimit !== undefined && spent >= LIMIT_SHARES.closed * todayLimit.costMicros;
  return (
    <Linked to="/costs">
      <span class={`figure${isClosed ? ' warn' : ''}`} title={isClosed ? texts.shell.spendClosed : undefined}>
        {isClosed && <Icon name="alert" size={14} />}
        {texts.shell.spendToday} <b>{spentText(today, todayUnknown)}</b>
        {todayLimit !== undefined && texts.shell.spendOf(formatAmount(todayLimit))}
      </span>
    </Linked>
  );
}

/** What is not known is not nothing. */
function spentText(today: readonly Money[], unknown: number): string {
  if (today.length === 0) return unknown > 0 ? texts.shell.spendUnknown : '–';
  return unknown > 0 ? texts.shell.spendPartly(formatAmounts(today)) : formatAmounts(today);
}

function ConnectionMark() {
  const state = connectionState.value;
  const isLive = state === 'live';
  const text = state === 'live' || state === 'reconnecting' ? texts.shell[state] : texts.shell.connecting;
  return (
    <span class={`figure connection${isLive ? '' : ' warn pulse'}`}>
      <Icon name={isLive ? 'done' : 'retry'} size={14} />
      {text}
    </span>
  );
}

/** The same page in another organisation. */
function hereIn({ actions }: Me): string {
  return addressElsewhere(location.pathname + location.search, actions);
}

function AccountMenu({ onHelp }: { readonly onHelp: () => void }) {
  const { name, email } = me.value ?? {};
  const { all } = organisations();
  const failed = (error: unknown): void => toastError(toApiError(error));
  return (
    <Menu label={texts.shell.menu} icon="person">
      <p class="menu-title">{email ?? name}</p>
      {all.length > 1 && (
        <>
          <p class="menu-title">{texts.shell.organisations}</p>
          {all.map(({ org, name, isCurrent }) => (
            <MenuItem
              key={org}
              chosen={isCurrent}
              onClick={() => {
                if (!isCurrent) void switchOrganisation(org, hereIn).catch(failed);
              }}
            >
              {name}
            </MenuItem>
          ))}
        </>
      )}
      <hr class="menu-line" />
      <p class="menu-title">{texts.shell.theme}</p>
      {THEMES.map((one) => (
        <MenuItem
          key={one}
          chosen={theme.value === one}
          onClick={() => {
            theme.value = one;
          }}
        >
          {texts.shell.themes[one]}
        </MenuItem>
      ))}
      <hr class="menu-line" />
      <p class="menu-title">{texts.shell.clock}</p>
      {CLOCK_MODES.map((one) => (
        <MenuItem
          key={one}
          chosen={clockMode.value === one}
          onClick={() => {
            clockMode.value = one;
          }}
        >
          {texts.shell.clocks[one]}
        </MenuItem>
      ))}
      <hr class="menu-line" />
      {hasPage('/start') && isStarted(overview.value) && <MenuLink href="/start">{texts.pages.start}</MenuLink>}
      {hasPage('/settings') && <MenuLink href="/settings">{texts.pages.settings}</MenuLink>}
      {may('self.manage') && <MenuLink href="/account">{texts.pages.account}</MenuLink>}
      <MenuItem onClick={onHelp}>
        {texts.shell.keys}
        <span class="end">
          <kbd>?</kbd>
        </span>
      </MenuItem>
      <MenuItem onClick={() => void signOut().catch(failed)}>{texts.shell.signOut}</MenuItem>
    </Menu>
  );
}
