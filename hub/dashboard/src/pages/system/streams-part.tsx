// What the store holds: each stream's size, what compaction would give back, and how full it is.

import type { LiveSystem } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { formatBytes, formatCount } from '../../format.js';
import { texts as common } from '../../texts/common.js';
import { systemTexts as texts } from '../../texts/system.js';
import { Button } from '../../ui/button.js';
import { Age } from '../../ui/time.js';
import { Section } from '../account/section.js';
import { beginning, type FollowedOperations } from '../operations/use-operations.js';

type Stream = NonNullable<LiveSystem['storage']>['streams'][number];

interface StreamsPartProps {
  readonly system: LiveSystem;
  readonly operations: FollowedOperations | undefined;
}

export function StreamsPart({ system: { storage, role }, operations }: StreamsPartProps) {
  const { streams = [], lastSnapshotAt, lastCompactionAt } = storage ?? {};
  const { columns } = texts;
  return (
    <Section title={texts.streams}>
      <div class="streams-head">
        <span>
          <span class="muted">{texts.snapshot}</span> <Ago at={lastSnapshotAt} none={common.none} />
        </span>
        <span>
          <span class="muted">{texts.compaction}</span> <Ago at={lastCompactionAt} none={texts.compactionNone} />
        </span>
        <span class="push" />
        {operations !== undefined && role === 'leader' && (
          <Button
            busy={operations.isBeginning.value}
            onClick={beginning(operations, () => call('compaction.create', { body: {} }))}
          >
            {texts.compact}
          </Button>
        )}
      </div>
      <table class="rows streams">
        <thead>
          <tr>
            <th scope="col">{columns.name}</th>
            <th scope="col" class="end wide-only">
              {columns.messages}
            </th>
            <th scope="col" class="end">
              {columns.bytes}
            </th>
            <th scope="col" class="end wide-only">
              {columns.disk}
            </th>
            <th scope="col" class="end" title={texts.heldHint}>
              {columns.held}
            </th>
            <th scope="col">{columns.fill}</th>
          </tr>
        </thead>
        <tbody>
          {streams.map((stream) => (
            <Row key={stream.name} stream={stream} />
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** From here on a stream is shown as nearly full. */
const NEARLY_FULL = 0.9;

function Row({ stream: { name, messages, bytes, bytesMax, diskBytes, heldBytes } }: { readonly stream: Stream }) {
  const share = bytesMax === undefined ? undefined : bytes / bytesMax;
  return (
    <tr>
      <th scope="row">{texts.streamNames[name] ?? name}</th>
      <td class="end numbers wide-only">{formatCount(messages)}</td>
      <td class="end numbers">{formatBytes(bytes)}</td>
      <td class="end numbers wide-only">
        {diskBytes === undefined ? <span class="muted">{common.none}</span> : formatBytes(diskBytes)}
      </td>
      <td class="end numbers">{heldBytes === 0 ? <span class="muted">{common.none}</span> : formatBytes(heldBytes)}</td>
      <td>
        {share === undefined || bytesMax === undefined ? (
          <span class="muted">{texts.unbounded}</span>
        ) : (
          <span class="fill">
            <span class={`meter ${share > NEARLY_FULL ? 'warn' : ''}`} aria-hidden="true">
              <span style={{ width: `${Math.min(100, share * 100)}%` }} />
            </span>
            <span class="numbers nowrap">{texts.fill(share, formatBytes(bytesMax))}</span>
          </span>
        )}
      </td>
    </tr>
  );
}

function Ago({ at, none }: { readonly at: string | undefined; readonly none: string }) {
  if (at === undefined) return <span class="muted">{none}</span>;
  return (
    <>
      <Age at={at} /> ago
    </>
  );
}
