// What agents and people write to each other: channels, the messages of one agent, and a message to either.

import type { Channel, Message } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call } from '../../api/client.js';
import { type ApiError, toApiError } from '../../api/problem.js';
import { may } from '../../session.js';
import { messagesTexts as texts } from '../../texts/messages.js';
import { addressWith, useAddress } from '../../ui/address.js';
import { Button } from '../../ui/button.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { usePaged } from '../../ui/paged.js';
import { Age, Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { type History, type HistoryPage, placeText, withNewest, withOlder } from './history.js';
import './messages.css';

const PAGE = 50;
const CHANNELS = 200;
/** No live view has messages: the newest, and the channels, are asked for while somebody looks. */
const EVERY_MS = 5_000;

interface Place {
  readonly channel?: string | undefined;
  readonly agent?: string | undefined;
}

export function MessagesPage() {
  const { query } = useAddress();
  const { channel, agent } = query;
  const list = usePaged((cursor, signal) => call('channel.list', { query: { limit: CHANNELS, ...cursor }, signal }));
  const here = list.items.value?.find(({ name }) => name === channel);
  useEffect(() => {
    const timer = setInterval(() => {
      // More that was asked for would be gone.
      if (!document.hidden && (list.items.peek()?.length ?? 0) <= CHANNELS) list.reload();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="page messages">
      <div class="page-head">
        <h1>{texts.title}</h1>
      </div>
      <div class="messages-parts">
        <nav class="places" aria-label={texts.places}>
          <PlaceLink to={{}} isHere={channel === undefined && agent === undefined}>
            {texts.all}
          </PlaceLink>
          <h2 class="menu-title">{texts.channels}</h2>
          {list.error.value && <ErrorNote error={list.error.value} onRetry={list.reload} />}
          {list.items.value === undefined && list.error.value === undefined && <SkeletonRows rows={3} />}
          {list.items.value?.length === 0 && <p class="menu-title">{texts.noChannels}</p>}
          {list.items.value?.map((one) => (
            <ChannelLink key={one.name} channel={one} isHere={one.name === channel} />
          ))}
          {list.more && <Button onClick={list.more}>{texts.older}</Button>}
          <OpenAgent />
        </nav>
        <Thread
          key={`${channel} ${agent}`}
          place={{ channel, agent }}
          members={here?.members ?? []}
          onSent={list.reload}
        />
      </div>
    </div>
  );
}

interface PlaceLinkProps {
  readonly to: Place;
  readonly isHere: boolean;
  readonly children: preact.ComponentChildren;
}

function PlaceLink({ to, isHere, children }: PlaceLinkProps) {
  return (
    <a class="place" href={addressWith('/messages', { ...to })} aria-current={isHere ? 'page' : undefined}>
      {children}
    </a>
  );
}

function ChannelLink({
  channel: { name, members, lastMessage },
  isHere,
}: {
  readonly channel: Channel;
  readonly isHere: boolean;
}) {
  return (
    <PlaceLink to={{ channel: name }} isHere={isHere}>
      <span class="place-head">
        <b>#{name}</b>
        <span class="muted">
          {lastMessage === undefined ? texts.members(members.length) : <Age at={lastMessage.sentAt} />}
        </span>
      </span>
      {lastMessage && (
        <span class="place-last muted">
          {placeText(lastMessage.from)}: {lastMessage.body}
        </span>
      )}
    </PlaceLink>
  );
}

function OpenAgent() {
  const { change } = useAddress();
  const open = async ({ agent }: Values): Promise<void> => change({ agent, channel: undefined }, true);
  return (
    <Form onSend={open} label={texts.agents}>
      {(busy) => (
        <div class="open-agent">
          <Field name="agent" label={texts.agentName} required />
          <Button type="submit" busy={busy}>
            {texts.open}
          </Button>
        </div>
      )}
    </Form>
  );
}

interface ThreadProps {
  readonly place: Place;
  readonly members: readonly string[];
  readonly onSent: () => void;
}

function Thread({ place: { channel, agent }, members, onSent }: ThreadProps) {
  const history = useSignal<History | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  const round = useSignal(0);
  const load = (cursor?: string, signal?: AbortSignal): Promise<HistoryPage> => {
    const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const stop = signal === undefined ? {} : { signal };
    if (channel !== undefined) return call('channel.messages', { path: { name: channel }, query, ...stop });
    return call('message.list', { query: { ...query, ...(agent !== undefined && { agent }) }, ...stop });
  };
  useEffect(() => {
    const leaving = new AbortController();
    const ask = (): void => {
      if (document.hidden) return;
      load(undefined, leaving.signal).then(
        (page) => {
          if (leaving.signal.aborted) return;
          history.value = withNewest(history.peek(), page);
          error.value = undefined;
        },
        (cause: unknown) => {
          if (!leaving.signal.aborted) error.value = toApiError(cause);
        },
      );
    };
    ask();
    const timer = setInterval(ask, EVERY_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      leaving.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [round.value]);
  const older = (): void => {
    const cursor = history.peek()?.next;
    if (typeof cursor !== 'string') return;
    load(cursor).then(
      (page) => {
        const now = history.peek();
        if (now !== undefined) history.value = withOlder(now, page);
      },
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  const again = (): void => {
    round.value++;
  };
  const title =
    channel !== undefined ? texts.ofChannel(channel) : agent !== undefined ? texts.ofAgent(agent) : texts.all;
  const to = channel !== undefined ? `channel:${channel}` : agent !== undefined ? `agent:${agent}` : undefined;
  return (
    <section class="thread" aria-label={title}>
      <div>
        <h2>{title}</h2>
        {members.length > 0 && <p class="muted">{texts.membersAre(members.join(', '))}</p>}
      </div>
      {may('messages.send') &&
        (to === undefined ? (
          <p class="muted">{texts.toWhom}</p>
        ) : (
          <Write
            to={to}
            onSent={() => {
              again();
              onSent();
            }}
          />
        ))}
      {error.value && <ErrorNote error={error.value} onRetry={again} />}
      {history.value === undefined && error.value === undefined && <SkeletonRows rows={6} />}
      {history.value?.items.length === 0 && (
        <Empty icon="message" title={texts.emptyTitle}>
          <p>{texts.emptyText}</p>
        </Empty>
      )}
      <ol class="message-list" aria-label={texts.list}>
        {history.value?.items.map((message) => (
          <MessageItem key={message.messageId} message={message} isWhere={channel === undefined} />
        ))}
      </ol>
      {history.value !== undefined && history.value.next !== null && (
        <div class="actions">
          <Button onClick={older}>{texts.older}</Button>
        </div>
      )}
    </section>
  );
}

function MessageItem({ message, isWhere }: { readonly message: Message; readonly isWhere: boolean }) {
  const { from, to, body, sentAt, replyTo } = message;
  return (
    <li class="message">
      <p class="message-head">
        <b>{placeText(from)}</b>
        {isWhere && (
          <span class="muted">
            {texts.to} <Recipient name={to} />
          </span>
        )}
        {replyTo !== undefined && <span class="tag">{texts.replies}</span>}
        <span class="muted">
          <Moment at={sentAt} />
        </span>
      </p>
      <p class="message-body">{body}</p>
    </li>
  );
}

function Recipient({ name }: { readonly name: string }) {
  const [kind, place = ''] = name.split(':');
  return (
    <a href={addressWith('/messages', kind === 'channel' ? { channel: place } : { agent: place })}>{placeText(name)}</a>
  );
}

function Write({ to, onSent }: { readonly to: string; readonly onSent: () => void }) {
  const round = useSignal(0);
  const send = async ({ body = '' }: Values): Promise<void> => {
    await call('message.send', { body: { to, body } });
    toast(texts.sent);
    round.value++;
    onSent();
  };
  const label = texts.write(placeText(to));
  return (
    <Form key={round.value} onSend={send} label={label}>
      {(busy) => (
        <>
          <Field name="body" label={label} rows={3} placeholder={texts.placeholder} required />
          <div class="actions">
            <Button type="submit" kind="primary" busy={busy}>
              {texts.send}
            </Button>
          </div>
        </>
      )}
    </Form>
  );
}
