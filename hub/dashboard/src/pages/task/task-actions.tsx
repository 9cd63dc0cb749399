// What can be done with one task; what may not be done is not shown.

import type { LiveTask, LiveTaskTexts } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { may } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { startTexts } from '../../texts/start.js';
import { taskPageTexts } from '../../texts/task.js';
import { taskTexts } from '../../texts/tasks.js';
import { Button } from '../../ui/button.js';
import { copyText } from '../../ui/copy-line.js';
import { Dialog } from '../../ui/dialog.js';
import { Menu, MenuItem } from '../../ui/menu.js';
import { toast } from '../../ui/toast.js';
import { EditDialog } from '../dead-letters/edit-dialog.js';
import { CancelDialog } from '../tasks/cancel-dialog.js';
import { isCancellable, isRetryable } from '../tasks/changes.js';
import { SubmitForm } from '../tasks/submit-form.js';
import { specOf, submitCommand } from './command.js';
import { MessageDialog } from './message-dialog.js';

const texts = taskPageTexts.actions;

type Over = 'message' | 'cancel' | 'requeue' | 'another';

interface TaskActionsProps {
  readonly id: string;
  readonly task: LiveTask;
  readonly written: LiveTaskTexts | undefined;
}

export function TaskActions({ id, task, written }: TaskActionsProps) {
  const over = useSignal<Over | undefined>(undefined);
  const { route } = useLocation();
  const open = (one: Over) => () => {
    over.value = one;
  };
  const close = (): void => {
    over.value = undefined;
  };
  const isLive = task.state === 'working' || task.state === 'blocked';
  const spec = written && specOf({ ...task, ...written });
  const copy = async (): Promise<void> => {
    if (spec === undefined) return;
    const done = await copyText(submitCommand(spec));
    toast(done ? texts.commandCopied : common.copyFailed, done ? {} : { tone: 'bad' });
  };
  return (
    <div class="task-actions">
      {isLive && task.agent !== undefined && may('messages.send') && (
        <Button icon="message" onClick={open('message')}>
          {texts.message}
        </Button>
      )}
      {isRetryable(task) && may('tasks.change') && (
        <Button kind="primary" icon="retry" onClick={open('requeue')}>
          {texts.requeue}
        </Button>
      )}
      {isCancellable(task) && may('tasks.change') && (
        <Button icon="cancelled" onClick={open('cancel')}>
          {taskTexts.cancel}
        </Button>
      )}
      {spec !== undefined && (
        <Menu label={texts.more} icon="dots">
          {may('tasks.submit') && (
            <MenuItem icon="plus" onClick={open('another')}>
              {texts.another}
            </MenuItem>
          )}
          <MenuItem icon="copy" onClick={() => void copy()}>
            {texts.command}
          </MenuItem>
        </Menu>
      )}
      {over.value === 'message' && task.agent !== undefined && <MessageDialog agent={task.agent} onClose={close} />}
      {over.value === 'cancel' && <CancelDialog task={{ id, title: task.title }} onClose={close} />}
      {over.value === 'requeue' && <EditDialog id={id} by="task.retry" onClose={close} />}
      {over.value === 'another' && spec !== undefined && (
        <Dialog title={startTexts.submitTitle} onClose={close}>
          <SubmitForm
            first={spec}
            onCancel={close}
            onSubmitted={(submitted) => {
              close();
              toast(startTexts.submitted);
              route(`/tasks/${submitted.id}`);
            }}
          />
        </Dialog>
      )}
    </div>
  );
}
