// How a dialog ends: what keeps everything as it is, and what does what the dialog is about.

import type { ComponentChildren } from 'preact';
import { texts } from '../texts/common.js';
import { Button } from './button.js';
import type { IconName } from './icon.js';

interface DialogFootProps {
  /** Without it there is nothing to cancel. */
  readonly onCancel?: () => void;
  readonly cancel?: string;
  /** Without it the form around it is sent. */
  readonly onDo?: () => void;
  readonly kind?: 'primary' | 'danger';
  readonly icon?: IconName;
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

export function DialogFoot(props: DialogFootProps) {
  const { onCancel, cancel = texts.cancel, onDo, kind = 'primary', icon, busy, disabled, children } = props;
  return (
    <div class="dialog-foot">
      {onCancel && <Button onClick={onCancel}>{cancel}</Button>}
      <Button
        type={onDo === undefined ? 'submit' : 'button'}
        kind={kind}
        {...(onDo !== undefined && { onClick: onDo })}
        {...(icon !== undefined && { icon })}
        {...(busy !== undefined && { busy })}
        {...(disabled !== undefined && { disabled })}
      >
        {children}
      </Button>
    </div>
  );
}
