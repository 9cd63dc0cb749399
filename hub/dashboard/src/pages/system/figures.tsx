// What one looks at first: who leads, how fast it commits, how old the last backup and its proof are, and how long the disk lasts.

import type { LiveSystem } from '@agentcom/schemas';
import type { ComponentChildren } from 'preact';
import { now } from '../../clock.js';
import { formatAge, formatBytes, formatSpan } from '../../format.js';
import { texts as common } from '../../texts/common.js';
import { systemTexts as texts } from '../../texts/system.js';
import { Moment } from '../../ui/time.js';

export function SystemFigures({ system }: { readonly system: LiveSystem }) {
  const { role, leader, leaderVersion, version, seq, lagMs, commitMs: { p50, p99 } = {}, storage, disk } = system;
  const { lastBackupAt, lastOffSiteAt, lastProofAt } = storage ?? {};
  return (
    <section class="figures-row" aria-label={texts.figures}>
      <Figure label={texts.role} value={texts.roles[role]}>
        {role === 'leader'
          ? texts.batch(seq)
          : [texts.behind(lagMs), leader && texts.follows(leader)].filter(Boolean).join(', ')}
        {leaderVersion !== undefined && leaderVersion !== version && ` (${texts.leaderVersion(leaderVersion)})`}
      </Figure>
      <Figure label={texts.commit} value={p99 === undefined ? common.none : texts.ms(p99)}>
        {p50 === undefined ? texts.commitNone : texts.median(texts.ms(p50))}
      </Figure>
      <Figure label={texts.backup} value={lastBackupAt === undefined ? texts.backupNone : agoOf(lastBackupAt)}>
        {lastOffSiteAt === undefined
          ? lastBackupAt !== undefined && <Moment at={lastBackupAt} />
          : texts.offSite(ageOf(lastOffSiteAt))}
      </Figure>
      <Figure
        label={texts.proof}
        title={texts.proofHint}
        value={lastProofAt === undefined ? texts.proofNone : agoOf(lastProofAt)}
      >
        {lastProofAt === undefined ? texts.proofNext : <Moment at={lastProofAt} />}
      </Figure>
      <Figure label={texts.disk} value={disk === undefined ? texts.diskUnknown : formatBytes(disk.freeBytes)}>
        {disk !== undefined && diskText(disk)}
      </Figure>
    </section>
  );
}

function diskText({ freeBytes, lowBytes, lostBytesPerHour, lowInSeconds }: NonNullable<LiveSystem['disk']>): string {
  if (freeBytes < lowBytes) return texts.diskLow;
  if (lostBytesPerHour === undefined) return texts.diskYoung;
  if (lowInSeconds === undefined) return texts.diskGains;
  return lowInSeconds < SOON_SECONDS
    ? texts.diskFull(formatSpan(lowInSeconds * 1000))
    : texts.diskLoses(formatBytes(lostBytesPerHour));
}

/** What is further away than that changes before it comes. */
const SOON_SECONDS = 90 * 86_400;

function ageOf(at: string): string {
  return formatAge(now.value - Date.parse(at));
}

function agoOf(at: string): string {
  return texts.ago(ageOf(at));
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly title?: string;
  readonly children?: ComponentChildren;
}

function Figure({ label, value, title, children }: FigureProps) {
  return (
    <div class="figure-card" title={title}>
      <span class="muted">{label}</span>
      <b class="numbers">{value}</b>
      <span class="muted numbers">{children}</span>
    </div>
  );
}
