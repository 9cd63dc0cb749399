// What opens below a button: the browser's own popover, placed so that it stays on the screen.

import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Button } from './button.js';
import { Icon, type IconName } from './icon.js';

const GAP_PX = 4;
const EDGE_PX = 8;

interface MenuProps {
  readonly label: string;
  readonly icon?: IconName;
  /** What the button shows; without it the icon alone. */
  readonly shown?: ComponentChildren;
  readonly kind?: 'plain' | 'quiet' | 'danger';
  readonly onToggle?: (isOpen: boolean) => void;
  readonly children: ComponentChildren;
}

export function Menu({ label, icon, shown, kind = 'quiet', onToggle, children }: MenuProps) {
  const id = useId();
  const popover = useRef<HTMLDivElement>(null);
  const place = (event: Pick<ToggleEvent, 'newState'>): void => {
    onToggle?.(event.newState === 'open');
    const element = popover.current;
    if (event.newState !== 'open' || element === null) return;
    placeBelow(element, document.getElementById(`${id}-button`));
    element.querySelector<HTMLElement>('.menu-item, input, button, a')?.focus();
  };
  return (
    <>
      <Button id={`${id}-button`} kind={kind} label={label} opens={id} {...(icon !== undefined && { icon })}>
        {shown}
      </Button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what is in it closes it by being chosen. */}
      <div
        id={id}
        ref={popover}
        class="popover"
        popover="auto"
        onToggle={place}
        onKeyDown={moveFocus}
        onClick={(event) => {
          if ((event.target as Element).closest('.menu-item') !== null) popover.current?.hidePopover();
        }}
      >
        {children}
      </div>
    </>
  );
}

function placeBelow(element: HTMLElement, anchor: HTMLElement | null): void {
  const at = anchor?.getBoundingClientRect();
  if (at === undefined) return;
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = at.left + width + EDGE_PX > innerWidth ? at.right - width : at.left;
  const below = at.bottom + GAP_PX;
  const top = below + height + EDGE_PX > innerHeight ? at.top - height - GAP_PX : below;
  element.style.left = `${Math.max(EDGE_PX, left)}px`;
  element.style.top = `${Math.max(EDGE_PX, top)}px`;
}

function moveFocus(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.menu-item')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + step + items.length) % items.length]?.focus();
}

export function MenuLink({ href, children }: { readonly href: string; readonly children: ComponentChildren }) {
  return (
    <a class="menu-item" href={href}>
      {children}
    </a>
  );
}

interface ItemProps {
  readonly icon?: IconName;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
  /** Given, it is one of a choice. */
  readonly chosen?: boolean;
  readonly tone?: 'bad';
}

export function MenuItem({ icon, onClick, children, chosen, tone }: ItemProps) {
  return (
    <button type="button" class={`menu-item ${tone ?? ''}`} aria-pressed={chosen} onClick={onClick}>
      {icon && <Icon name={icon} />}
      {children}
      {chosen === true && (
        <span class="end">
          <Icon name="check" />
        </span>
      )}
    </button>
  );
}
