// What the dashboard says on more than one page. Texts of one page are in a file of their own beside this one, and are loaded with it.

import type { AgentState, HaltKind, HaltStrength, MemberRole, TaskState } from '@agentcom/schemas';
import { formatCount } from '../format.js';

/** One of them, or `n` of them. */
export function plural(n: number, one: string, many: string): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

export const texts = {
  name: 'AgentCom',
  you: 'you',
  notNumber: 'must be a number, such as 2.50',
  showAll: 'Show all of it',
  showLess: 'Show less',
  keyCalled: (name: string) => `key ${name}`,
  skip: 'Skip to the content',
  loading: 'Loading…',
  close: 'Close',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'The browser did not allow copying. Select the text and copy it.',
  retry: 'Try again',
  more: 'More',
  optional: 'optional',
  none: '–',
  clear: 'Clear',
  next: 'Next step:',
  sort: { menu: 'Sort', reversed: 'Reversed' },

  errors: {
    network: 'The hub cannot be reached. Check the connection, then try again.',
    odd: (status: number) => `The hub, or a proxy before it, answered with status ${status}. Try again.`,
    page: 'This page failed to load. If the hub was updated, reload the page.',
    reload: 'Reload',
  },

  pages: {
    start: 'Get started',
    needsYou: 'Needs you',
    tasks: 'Tasks',
    task: 'Task',
    agents: 'Agents',
    deadLetters: 'Dead letters',
    operations: 'Operations',
    costs: 'Costs',
    alerts: 'Alerts',
    messages: 'Messages',
    system: 'System',
    settings: 'Settings',
    account: 'Your account',
    missing: 'Nothing here',
  },

  missing: {
    what: (path: string) => `There is no page at ${path}.`,
    go: 'Go to the first page',
  },

  shell: {
    navigation: 'Main',
    commands: 'Commands',
    menu: 'Account and settings',
    needsYou: 'Needs you',
    queue: 'Queued',
    byLane: (count: string) => `Queued ${count}, by lane`,
    lanes: { urgent: 'urgent', high: 'high', normal: 'normal', low: 'low' },
    queueEmpty: 'empty',
    spendToday: 'Today',
    spendUnknown: 'unknown',
    spendPartly: (known: string) => `${known} + unknown`,
    spendClosed: 'Nothing new begins: 85 % of the limit is used',
    spendOf: (limit: string) => `of ${limit}`,
    noCurrency: 'without a currency',
    healthy: 'No alerts',
    healthUnknown: 'Alerts unknown',
    alerts: (n: number) => plural(n, 'alert', 'alerts'),
    live: 'Live',
    connecting: 'Connecting…',
    reconnecting: 'Reconnecting…',
    outOfDate: 'Reconnecting. What you see may be out of date.',
    theme: 'Theme',
    themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
    clock: 'Times',
    clocks: { local: 'Local time', utc: 'UTC' },
    signOut: 'Sign out',
    organisations: 'Organisation',
    keys: 'Keyboard shortcuts',
  },

  halt: {
    button: 'Halt',
    halted: 'Halted',
    title: 'Halt work',
    inForce: 'In force',
    nothing: 'Nothing is halted.',
    stops: { new: 'no new work', running: 'all work stopped' } satisfies Record<HaltStrength, string>,
    ends: 'ends',
    ofHub: 'Those who run the hub have set it, and only they end it.',
    end: 'End this halt',
    ended: 'The halt has ended. Work goes on.',
    new: 'New halt',
    kind: 'What to halt',
    kinds: {
      org: 'This organisation',
      repo: 'A repository',
      runner: 'A runner',
      label: 'A label',
      agent: 'An agent',
      fleet: 'Every organisation of this hub',
    } satisfies Record<HaltKind, string>,
    value: {
      fleet: 'Every organisation',
      org: 'Organisation',
      repo: 'Repository',
      runner: 'Runner',
      label: 'Label',
      agent: 'Agent',
    } satisfies Record<HaltKind, string>,
    valueHints: {
      org: 'Yours, unless you name another.',
      repo: 'Its address, however it is written; * stands for any text.',
      label: 'Such as team=roof.',
      agent: 'Its name.',
    } satisfies Record<Exclude<HaltKind, 'runner' | 'fleet'>, string>,
    counting: 'Counting what it is about…',
    reach: (running: number, pending: number | undefined) =>
      running === 0 && pending === 0
        ? 'No task of it runs or waits right now.'
        : `${plural(running, 'task', 'tasks')} with agents now, ${pending === undefined ? 'very many' : formatCount(pending)} waiting.`,
    unknown: 'No task, agent or cost here has that name. Check it: a halt of it holds nothing back yet.',
    strength: 'How much',
    strengths: {
      new: 'New work: what runs now finishes',
      running: 'Everything: what runs now stops, keeps its work, and goes on later',
    },
    reason: 'Reason',
    reasonHint: 'Everybody who asks why a task waits sees it.',
    until: 'Ends',
    untils: { none: 'When somebody ends it', '3600': 'In 1 hour', '14400': 'In 4 hours', '86400': 'In 24 hours' },
    submit: 'Halt',
    done: 'Halted. Tasks stay queued until the halt ends.',
  },

  commandBar: {
    label: 'Commands and pages',
    placeholder: 'Type a command or a page',
    nothing: 'Nothing matches.',
    go: (page: string) => `Go to ${page}`,
    findTask: (text: string) => `Search tasks for “${text}”`,
  },

  help: {
    title: 'Keyboard shortcuts',
    everywhere: 'Everywhere',
    go: 'Go to',
    rows: 'In a list',
    commands: 'Commands and pages',
    search: 'Search',
    this: 'This help',
    next: 'Next row',
    previous: 'Previous row',
    select: 'Select the row',
    peek: 'Peek at the row',
    open: 'Open the row',
    leave: 'Close, or clear the selection',
  },

  push: {
    title: 'Notifications in this browser',
    text: 'Questions, results and dead letters of your tasks, also while no page is open.',
    states: {
      unknown: 'Looking…',
      impossible:
        'This browser, or this address, has no web push: it needs https, and on a phone the page on the home screen.',
      denied: 'You have blocked notifications of this page. Allow them in the settings of the browser.',
      off: 'Off.',
      on: 'On.',
    },
    turnOn: 'Turn on',
    turnOff: 'Turn off',
    unavailable: (why: string) =>
      `The browser's push service did not answer (${why}). Check that this device is online, then try again.`,
  },

  channelStates: { works: 'Works', failing: 'Failing', disabled: 'Disabled' },

  states: {
    scheduled: 'Scheduled',
    waiting: 'Waiting',
    queued: 'Queued',
    assigned: 'Assigned',
    working: 'Working',
    blocked: 'Needs answer',
    completed: 'Completed',
    cancelled: 'Cancelled',
    dead: 'Dead',
  } satisfies Record<TaskState, string>,

  severities: { page: 'Page', warn: 'Warning', info: 'Info' },

  agentStates: {
    offline: 'Offline',
    idle: 'Idle',
    assigned: 'Assigned',
    working: 'Working',
    blocked: 'Asks',
  } satisfies Record<AgentState, string>,

  roles: {
    owner: 'Owner',
    admin: 'Admin',
    operator: 'Operator',
    developer: 'Developer',
    submitter: 'Submitter',
    viewer: 'Viewer',
  } satisfies Record<MemberRole, string>,
} as const;
