// One agent beside the list: how it is, what it has done lately, and what can be done about it.

import type { LiveAgent } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { now } from '../../clock.js';
import { formatBytes } from '../../format.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { may } from '../../session.js';
import { agentTexts as texts } from '../../texts/agents.js';
import { texts as common } from '../../texts/common.js';
import { taskPageTexts } from '../../texts/task.js';
import { Button } from '../../ui/button.js';
import { AgentChip, TaskChip } from '../../ui/chip.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Age, Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { MessageForm } from '../task/message-dialog.js';
import { DrainDialog, HaltAgentDialog, RemoveDialog } from './agent-dialogs.js';
import { AttentionChip } from './agents-table.js';
import { attentionOf } from './attention.js';
import { Results, SpentToday } from './results.js';

const RECENT = 8;

export function AgentPanel({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { list, error } = useLive({ kind: 'agents', q: `name:${name}`, limit: 1 });
  const agent = list.value.rows.get(name) ?? shownRows(list.value)[0];
  const round = useSignal(0);
  return (
    <aside class="peek" aria-label={texts.panel}>
      <div class="dialog-head">
        {agent && <AgentChip state={agent.state} />}
        <span class="push" />
        <Button kind="quiet" icon="cross" label={common.close} onClick={onClose} />
      </div>
      <div class="dialog-body">
        {error.value && <ErrorNote error={error.value} />}
        {agent === undefined ? (
          error.value === undefined && (list.value.seq === undefined ? <SkeletonRows /> : <p>{texts.noneText}</p>)
        ) : (
          <>
            <h2>{name}</h2>
            <Notes agent={agent} />
            <Actions agent={agent} onRemoved={onClose} />
            <Facts agent={agent} />
            {agent.task !== undefined && agent.connected && may('messages.send') && (
              <section class="stack">
                <h3>{taskPageTexts.message.title(name)}</h3>
                <MessageForm key={round.value} agent={name} onSent={() => (round.value += 1)} />
              </section>
            )}
            {may('tasks.read') && <Recent name={name} />}
          </>
        )}
      </div>
    </aside>
  );
}

function Notes({ agent }: { readonly agent: LiveAgent }) {
  const notes = attentionOf(agent, now.value);
  if (notes.length === 0) return null;
  return (
    <ul class="agent-notes">
      {notes.map((note) => (
        <li key={note.kind}>
          <AttentionChip attention={note} />
          {note.detail !== undefined && <span class="as-written">{note.detail}</span>}
          {note.since !== undefined && (
            <span class="muted">
              {texts.since} <Moment at={note.since} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Actions({ agent, onRemoved }: { readonly agent: LiveAgent; readonly onRemoved: () => void }) {
  const { name, draining, halts = [], task, stopping } = agent;
  const over = useSignal<'drain' | 'halt' | 'remove' | undefined>(undefined);
  const close = (): void => {
    over.value = undefined;
  };
  const doing = (work: Promise<unknown>, done: string): void => {
    work.then(
      () => toast(done),
      (error: unknown) => toastError(toApiError(error)),
    );
  };
  const own = halts.find(({ scope }) => scope.kind === 'agent');
  return (
    <div class="actions">
      {!draining && may('agents.drain') && (
        <Button icon="clock" onClick={() => (over.value = 'drain')}>
          {texts.actions.drain}
        </Button>
      )}
      {draining && may('agents.resume') && (
        <Button
          kind="primary"
          icon="play"
          onClick={() => doing(call('agent.resume', { path: { name }, body: {} }), texts.resumed(name))}
        >
          {texts.actions.resume}
        </Button>
      )}
      {may('halts.change') &&
        (own === undefined ? (
          <Button icon="halt" onClick={() => (over.value = 'halt')}>
            {texts.actions.halt}
          </Button>
        ) : (
          <Button icon="play" onClick={() => doing(call('halt.end', { path: { id: own.id } }), texts.halt.ended)}>
            {texts.actions.endHalt}
          </Button>
        ))}
      {/* The hub removes none that has a task. */}
      {task === undefined && stopping === undefined && may('agents.remove') && (
        <Button icon="cross" onClick={() => (over.value = 'remove')}>
          {texts.actions.remove}
        </Button>
      )}
      {over.value === 'drain' && <DrainDialog name={name} onClose={close} />}
      {over.value === 'halt' && <HaltAgentDialog name={name} onClose={close} />}
      {over.value === 'remove' && <RemoveDialog name={name} onClose={close} onDone={onRemoved} />}
    </div>
  );
}

function Facts({ agent }: { readonly agent: LiveAgent }) {
  const { task, lastSeenAt, enrolledAt, host, os, version, load, freeDiskBytes, capabilities, repositories } = agent;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    [texts.facts.phase, agent.phase && taskPageTexts.timeline.phases[agent.phase]],
    [
      texts.facts.task,
      task && (
        <a href={`/tasks/${task}`}>
          <code>{task}</code>
        </a>
      ),
    ],
    [
      texts.facts.limits,
      agent.limits?.map(({ runner, model, until }) => (
        <div key={`${runner}-${model}`}>
          {[runner ?? texts.everyRunner, model].filter(Boolean).join(' · ')} {texts.until} <Moment at={until} />
        </div>
      )),
    ],
    [texts.facts.results, agent.results && <Results results={agent.results} />],
    [texts.facts.spend, may('costs.read') && <SpentToday spent={agent.spentToday} />],
    [texts.facts.seen, lastSeenAt && <Moment at={lastSeenAt} />],
    [texts.facts.host, host],
    [texts.facts.system, os],
    [texts.facts.version, version],
    [texts.facts.load, load?.toFixed(2)],
    [texts.facts.disk, freeDiskBytes !== undefined && formatBytes(freeDiskBytes)],
    [texts.facts.capabilities, capabilities.join(', ')],
    [texts.facts.repositories, repositories?.join(', ')],
    [texts.facts.joined, <Moment at={enrolledAt} />],
  ];
  return (
    <dl class="facts">
      {facts.map(
        ([what, value]) =>
          value !== undefined &&
          value !== false &&
          value !== '' && (
            <>
              <dt>{what}</dt>
              <dd>{value}</dd>
            </>
          ),
      )}
    </dl>
  );
}

function Recent({ name }: { readonly name: string }) {
  const { list } = useLive({ kind: 'tasks', q: `agent:${name}`, limit: RECENT });
  const tasks = shownRows(list.value);
  return (
    <section class="stack">
      <h3>{texts.recent}</h3>
      {tasks.length === 0 && list.value.seq !== undefined && <p class="muted">{texts.noTasks}</p>}
      <ul class="agent-tasks">
        {tasks.map(({ id, state, title, createdAt }) => (
          <li key={id}>
            <TaskChip state={state} />
            <a class="clip" href={`/tasks/${id}`}>
              {title}
            </a>
            <span class="muted">
              <Age at={createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
