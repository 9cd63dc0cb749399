// Buttons, and links that look like them.

import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.js';

type Kind = 'plain' | 'primary' | 'quiet' | 'danger';

interface ButtonProps {
  readonly kind?: Kind;
  readonly icon?: IconName;
  /** Of a button that shows an icon alone; and what a longer title would say. */
  readonly label?: string;
  readonly type?: 'button' | 'submit';
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly wide?: boolean;
  readonly onClick?: (event: MouseEvent) => void;
  readonly children?: ComponentChildren;
  readonly id?: string;
  readonly shortcut?: string;
  /** Of a button that opens a popover: its id. */
  readonly opens?: string;
  /** Of a button that shows more of the page: whether it does. */
  readonly expanded?: boolean;
}

export function Button({
  kind = 'plain',
  icon,
  label,
  type = 'button',
  busy = false,
  disabled = false,
  wide = false,
  onClick,
  children,
  id,
  shortcut,
  opens,
  expanded,
}: ButtonProps) {
  const isAlone = children === undefined;
  const names = ['button', kind, isAlone && 'only-icon', wide && 'wide', busy && 'busy'];
  return (
    <button
      type={type}
      class={names.filter(Boolean).join(' ')}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-label={label}
      aria-expanded={expanded}
      title={isAlone ? label : undefined}
      aria-keyshortcuts={shortcut}
      popovertarget={opens}
      id={id}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy ? <Icon name="spinner" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function LinkButton({
  href,
  kind = 'plain',
  icon,
  children,
  outside = false,
  onClick,
}: {
  readonly href: string;
  readonly kind?: Kind;
  readonly icon?: IconName;
  readonly children: ComponentChildren;
  /** The hub answers it itself, and no page of ours does. */
  readonly outside?: boolean;
  /** Before the browser follows it. */
  readonly onClick?: () => void;
}) {
  return (
    <a class={`button ${kind}`} href={href} target={outside ? '_top' : undefined} onClick={onClick}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}
