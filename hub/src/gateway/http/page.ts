// What the hub's own pages share: how they look, what a browser may do on them, and text that cannot become markup.

import { createHash } from 'node:crypto';

export const STYLE = `
:root { color-scheme: light dark; --muted: light-dark(#57606a, #9aa4b0); --line: light-dark(#d0d7de, #3a434d);
  --good: light-dark(#116329, #4ac26b); --warn: light-dark(#7d4e00, #e3a008); --bad: light-dark(#b3141d, #ff7b72); }
body { margin: 0 auto; padding: 2rem 1rem; max-width: 44rem; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
  background: light-dark(#fff, #12171d); color: light-dark(#1c2127, #e6e9ed); }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 2rem 0 .25rem; font-size: 1rem; }
h2 + p, h1 + p { margin: .25rem 0; }
a { color: inherit; }
.muted { color: var(--muted); }
.healthy { color: var(--good); }
.degraded { color: var(--warn); }
.not_ready { color: var(--bad); }
pre { margin: .5rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap;
  font: .875rem/1.5 ui-monospace, monospace; }
form { display: grid; gap: .75rem; max-width: 24rem; margin: 1rem 0; }
label { display: grid; gap: .25rem; }
input, select, button { box-sizing: border-box; width: 100%; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; font: inherit;
  background: inherit; color: inherit; }
button { cursor: pointer; font-weight: 600; border-color: transparent; background: light-dark(#0b5cad, #4493f8);
  color: light-dark(#fff, #0d1117); }
button:disabled { opacity: .6; }
button.plain { width: auto; padding: 0; background: none; color: inherit; font-weight: 400; text-decoration: underline; }
:focus-visible { outline: 2px solid light-dark(#0b5cad, #4493f8); outline-offset: 2px; }
[hidden] { display: none; }
`;

/** Headers of a page that runs this script and no other, or none. */
export function pageHeaders(script?: string): Readonly<Record<string, string>> {
  const hashOf = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  const scripts = script === undefined ? '' : ` script-src ${hashOf(script)}; connect-src 'self';`;
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src ${hashOf(STYLE)};${scripts} base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function text(value: string): string {
  return value.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}
