// Where a command that a text names is on these pages: who reads the text here should not have to open a terminal. Pure.

const ID = /^[0-9a-f-]{36}$/;
/** A word of a command that stands for one, such as ID. */
const PLACEHOLDER = /^[A-Z]+$/;

const OF_TASK: Readonly<Record<string, string>> = {
  why: '',
  show: '',
  push: '',
  requeue: '',
  logs: '?tab=log',
  diff: '?tab=diff',
  answer: '?tab=questions',
};

const BY_NOUN: Readonly<Record<string, string>> = {
  status: '/system',
  backup: '/system',
  compact: '/system',
  costs: '/costs',
  limit: '/costs',
  alert: '/alerts',
  silence: '/alerts?tab=silences',
};

const SETTINGS: Readonly<Record<string, string>> = {
  config: 'config',
  key: 'keys',
  notify: 'notifications',
};

/** @param command  as it is typed, such as `agentcom task list --state queued`; undefined for what no page shows */
export function pageOfCommand(command: string): string | undefined {
  const [program, noun = '', verb = '', what = '', ...more] = command.split(' ');
  if (program !== 'agentcom') return undefined;
  if (noun === 'task' && verb === 'list') return what === '--state' ? `/tasks?q=state:${more[0]}` : '/tasks';
  if (noun === 'dead' && verb === 'list') return '/dead-letters';
  const ofTask = noun === 'task' || noun === 'dead' ? OF_TASK[verb] : undefined;
  if (ofTask !== undefined) return ID.test(what) ? `/tasks/${what}${ofTask}` : undefined;
  if (noun === 'agent') {
    const isNamed = what !== '' && !what.startsWith('-') && !PLACEHOLDER.test(what);
    return isNamed ? `/agents?peek=${encodeURIComponent(what)}` : '/agents';
  }
  const tab = SETTINGS[noun];
  return tab === undefined ? BY_NOUN[noun] : `/settings?tab=${tab}`;
}
