// What the hub sends to a browser by web push, and how that is shown. Pure.

/** As `hub/src/notify/channels/push.ts` writes it. */
export interface PushMessage {
  readonly title: string;
  readonly body: string;
  /** The same for all that is about the same task or alert. */
  readonly tag: string;
  readonly state: 'open' | 'closed';
  readonly severity: 'page' | 'warn' | 'info';
  /** ms. */
  readonly since: number;
  readonly url?: string;
}

/** `renotify` and `timestamp` are not in the types of browsers that do without them. */
export type Shown = NotificationOptions & { readonly renotify: boolean; readonly timestamp: number };

/** One takes the place of the one before under its tag; what is over makes no sound. */
export function shownAs(message: PushMessage): { readonly title: string; readonly options: Shown } {
  const { title, body, tag, state, severity, since, url } = message;
  const isOpen = state === 'open';
  const options = {
    body,
    tag,
    silent: !isOpen,
    renotify: isOpen,
    requireInteraction: isOpen && severity === 'page',
    timestamp: since,
    icon: '/icon-192.png',
    data: { url: url ?? '/' },
  };
  return { title, options };
}

/** What was sent, or that something was: a browser insists on showing something. */
export function readMessage(text: string | undefined): PushMessage {
  try {
    const read: unknown = JSON.parse(text ?? '');
    if (typeof read === 'object' && read !== null && 'title' in read && 'tag' in read) return read as PushMessage;
  } catch {
    // As below.
  }
  return { title: 'AgentCom', body: '', tag: 'agentcom', state: 'open', severity: 'info', since: Date.now() };
}

/** Where a click on it leads: within this hub by its path, wherever people say that the hub is. */
export function destinationOf(url: unknown, origin: string): string {
  const text = typeof url === 'string' && URL.canParse(url, origin) ? url : '/';
  const { protocol, pathname, search } = new URL(text, origin);
  return /^https?:$/.test(protocol) ? `${origin}${pathname}${search}` : `${origin}/`;
}
