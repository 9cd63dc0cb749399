// Whether notices go out by a channel.

import type { NotificationChannel } from '@agentcom/schemas';
import { texts } from '../texts/common.js';
import { Chip } from './chip.js';

interface ChannelChipProps {
  readonly enabled: boolean;
  readonly failing: NotificationChannel['failing'];
}

export function ChannelChip({ enabled, failing }: ChannelChipProps) {
  if (!enabled) return <Chip icon="cancelled">{texts.channelStates.disabled}</Chip>;
  if (failing !== undefined) {
    return (
      <Chip tone="bad" icon="alert">
        {texts.channelStates.failing}
      </Chip>
    );
  }
  return (
    <Chip tone="good" icon="check">
      {texts.channelStates.works}
    </Chip>
  );
}
