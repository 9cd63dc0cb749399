// Whether people are reached: the notification channels of the organisation that runs the hub.

import { call } from '../../api/client.js';
import { may } from '../../session.js';
import { systemTexts as texts } from '../../texts/system.js';
import { ChannelChip } from '../../ui/channel-chip.js';
import { usePaged } from '../../ui/paged.js';
import { Section } from '../account/section.js';
import { Rows } from '../settings/parts.js';

const SHOWN = 20;

export function ChannelsPart() {
  const channels = usePaged((cursor, signal) => call('notify.list', { query: { limit: SHOWN, ...cursor }, signal }));
  return (
    <Section title={texts.channels}>
      <Rows list={channels}>
        {(items) =>
          items.length === 0 ? (
            <p class="muted">
              {texts.channelsNone}{' '}
              {may('notifications.manage') && <a href="/settings?tab=notifications">{texts.channelsSet}</a>}
            </p>
          ) : (
            <ul class="lines">
              {items.map(({ id, name, kind, enabled, disabledWhy, failing }) => (
                <li key={id}>
                  <span class="grow">
                    <a href="/settings?tab=notifications">{name}</a> <span class="tag">{kind}</span>
                    {failing !== undefined && <div class="bad-text">{failing.why}</div>}
                    {disabledWhy !== undefined && <div class="muted">{disabledWhy}</div>}
                  </span>
                  <ChannelChip enabled={enabled} failing={failing} />
                </li>
              ))}
            </ul>
          )
        }
      </Rows>
    </Section>
  );
}
