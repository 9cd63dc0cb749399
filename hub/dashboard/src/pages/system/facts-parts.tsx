// How safely the hub stores, and which versions work together.

import type { LiveSystem } from '@agentcom/schemas';
import { texts as common } from '../../texts/common.js';
import { systemTexts as texts } from '../../texts/system.js';
import { Chip } from '../../ui/chip.js';
import { Section } from '../account/section.js';

interface PartProps {
  readonly system: LiveSystem;
}

export function DurabilityPart({ system: { durability } }: PartProps) {
  const { fsync, replicas, copies, natsVersion, isOwn } = durability;
  return (
    <Section title={texts.durability}>
      <dl class="facts">
        <dt>{texts.fsync}</dt>
        <dd class={fsync === 'always' ? '' : 'warn-text'}>{texts.fsyncs[fsync]}</dd>
        <dt>{texts.replicas}</dt>
        <dd>{texts.replicasOf(replicas)}</dd>
        <dt>{texts.copies}</dt>
        <dd>
          {copies.length === 0 && <span class="muted">{texts.copiesNone}</span>}
          {copies.map(({ name, behindMs }) => (
            <div key={name} class={behindMs > 0 ? 'warn-text' : ''}>
              {name}: {behindMs > 0 ? texts.behind(behindMs) : texts.upToDate}
            </div>
          ))}
        </dd>
        <dt>{texts.nats}</dt>
        <dd>
          {natsVersion ?? common.none}, {isOwn ? texts.natsOwn : texts.natsOther}
        </dd>
      </dl>
    </Section>
  );
}

export function VersionsPart({ system: { version, leader, leaderVersion, role, sidecars } }: PartProps) {
  return (
    <Section title={texts.versions}>
      <dl class="facts">
        <dt>{texts.hub}</dt>
        <dd>{version}</dd>
        {role === 'follower' && leader !== undefined && (
          <>
            <dt>{texts.leader}</dt>
            <dd>
              {leaderVersion ?? common.none} <span class="muted">{leader}</span>
            </dd>
          </>
        )}
        <dt>{texts.sidecars}</dt>
        <dd>
          {sidecars.length === 0 && <span class="muted">{texts.sidecarsNone}</span>}
          {sidecars.map(({ version: one, agents, connected }) => (
            <div key={one}>
              {one} <span class="muted">{texts.sidecarCount(agents, connected)}</span>{' '}
              {one !== version && (
                <Chip tone="warn" icon="alert">
                  {texts.differs}
                </Chip>
              )}
            </div>
          ))}
        </dd>
      </dl>
    </Section>
  );
}
