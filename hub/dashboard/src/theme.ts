// Light or dark: like the system, unless a person has chosen.

import { storedChoice } from './stored.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const theme = storedChoice<Theme>('theme', THEMES, 'system');

export function followTheme(root: HTMLElement): void {
  theme.subscribe((chosen) => {
    if (chosen === 'system') delete root.dataset.theme;
    else root.dataset.theme = chosen;
  });
}
