// One changed file: its lines, and the comments that somebody is about to send on them.

import type { DiffComment, DiffFile } from '@agentcom/schemas';
import type { DiffLine } from '@agentcom/schemas/diff-lines';
import { type Signal, useSignal } from '@preact/signals';
import { may } from '../../session.js';
import { taskPageTexts } from '../../texts/task.js';
import { Button } from '../../ui/button.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form } from '../../ui/form.js';

const texts = taskPageTexts.diff;

interface DiffFileProps {
  readonly id: string;
  readonly file: DiffFile;
  /** Without them the diff shows nothing of it. */
  readonly hunks: readonly (readonly DiffLine[])[] | undefined;
  readonly count: number;
  /** At first. */
  readonly isOpen: boolean;
  readonly comments: Signal<readonly DiffComment[]>;
}

type Place = Pick<DiffComment, 'line' | 'side'>;

export function DiffFileView({ id, file, hunks, count, isOpen, comments }: DiffFileProps) {
  const isShown = useSignal(isOpen);
  /** What is being written in it stays when it is closed. */
  const wasShown = useSignal(isOpen);
  const open = useSignal<readonly Place[]>([]);
  const { path, from, status, added, removed } = file;
  const change = (next: readonly DiffComment[]): void => {
    comments.value = next;
  };
  const onChoose = may('tasks.answer')
    ? (place: Place) => {
        if (!open.value.some((one) => isSame(one, place))) open.value = [...open.value, place];
      }
    : undefined;
  return (
    <details
      id={id}
      class="diff-file"
      open={isShown.value}
      onToggle={({ currentTarget }) => {
        isShown.value = currentTarget.open;
        if (currentTarget.open) wasShown.value = true;
      }}
    >
      <summary>
        <code class="clip">{path}</code>
        {from !== undefined && <span class="muted clip">{texts.renamed(from)}</span>}
        <span class="muted">{texts.statuses[status]}</span>
        {added !== undefined && <Stat added={added} removed={removed ?? 0} />}
        {!isShown.value && count > 0 && <span class="muted">{texts.show(count)}</span>}
      </summary>
      {wasShown.value && hunks === undefined && (
        <p class="muted">{added === undefined ? texts.binary : texts.notShown}</p>
      )}
      {wasShown.value && hunks !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard.
        <section class="diff-lines" aria-label={path} tabIndex={0}>
          {hunks.map((hunk) => {
            const first = hunk[0]?.numbers;
            return (
              <div class="hunk" key={`${first?.old}-${first?.new}`}>
                {hunk.map((line) => (
                  <Line
                    key={`${line.numbers.old}-${line.numbers.new}`}
                    line={line}
                    path={path}
                    open={open}
                    comments={comments.value}
                    onChoose={onChoose}
                    onChange={change}
                  />
                ))}
              </div>
            );
          })}
        </section>
      )}
    </details>
  );
}

export function Stat({ added, removed }: { readonly added: number; readonly removed: number }) {
  return (
    <span class="stat numbers nowrap">
      <span class="plus">+{added}</span> <span class="minus">−{removed}</span>
    </span>
  );
}

function isSame(a: Place, b: Place): boolean {
  return a.line === b.line && a.side === b.side;
}

interface LineProps {
  readonly line: DiffLine;
  readonly path: string;
  /** Where somebody is writing a comment. */
  readonly open: Signal<readonly Place[]>;
  readonly comments: readonly DiffComment[];
  readonly onChoose: ((place: Place) => void) | undefined;
  readonly onChange: (comments: readonly DiffComment[]) => void;
}

function Line({ line: { sign, numbers, text }, path, open, comments, onChoose, onChange }: LineProps) {
  const side = numbers.new === undefined ? 'old' : 'new';
  const place: Place = { line: numbers[side] ?? 1, side };
  const ours = comments.filter(
    (one) => one.file === path && isSame(place, { line: one.line, side: one.side ?? 'new' }),
  );
  const close = (): void => {
    open.value = open.value.filter((one) => !isSame(one, place));
  };
  const kind = { '+': 'added', '-': 'removed' }[sign] ?? '';
  return (
    <>
      <div class={`diff-line ${kind}`}>
        {onChoose === undefined ? (
          <span class="n">{place.line}</span>
        ) : (
          <button type="button" class="n" aria-label={texts.comment(place.line)} onClick={() => onChoose(place)}>
            {place.line}
          </button>
        )}
        <span class="sign">{sign}</span>
        <span class="diff-text">{text}</span>
      </div>
      {ours.map((one) => (
        <div class="diff-comment" key={one.text}>
          <span class="as-written">{one.text}</span>
          <Button kind="quiet" onClick={() => onChange(comments.filter((other) => other !== one))}>
            {texts.remove}
          </Button>
        </div>
      ))}
      {open.value.some((one) => isSame(one, place)) && (
        <div class="diff-comment">
          <Form
            label={texts.comment(place.line)}
            onSend={async ({ text: said = '' }) => {
              onChange([...comments, { file: path, ...place, text: said }]);
              close();
            }}
          >
            {() => (
              <>
                <Field name="text" label={texts.text} rows={3} required />
                <DialogFoot onCancel={close}>{texts.add}</DialogFoot>
              </>
            )}
          </Form>
        </div>
      )}
    </>
  );
}
