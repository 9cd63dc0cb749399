// What a person sees who opens the hub's address in a browser: whether it is well, and the commands that go on from here. Nothing that
// `/healthz` does not say to everybody, and no script.

import { createHash } from 'node:crypto';
import type { Health } from '@agentcom/schemas';

const STYLE = `
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
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export const HOME_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

const HEADLINES: Readonly<Record<Health['status'], string>> = {
  healthy: 'Healthy',
  degraded: 'Working, with problems',
  not_ready: 'Not ready',
};

/**
 * @param health   as `/healthz` gives it
 * @param address  where this hub is reached, for the commands
 */
export function homePage({ status, reasons }: Health, address: string, version: string): string {
  const causes = reasons.map(
    ({ code, message }) => `<li>${text(message)} <span class="muted">${text(code)}</span></li>`,
  );
  const agentcom = `agentcom --hub ${text(address)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AgentCom hub: ${HEADLINES[status]}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>AgentCom hub</h1>
<p><strong class="${status}">${HEADLINES[status]}</strong> <span class="muted">version ${text(version)}</span></p>
${causes.length === 0 ? '' : `<ul>${causes.join('')}</ul>\n`}<h2>See what is going on</h2>
<pre>${agentcom} status
${agentcom} task list</pre>
<h2>Submit a task</h2>
<pre>${agentcom} submit "Fix the login form" \\
  --repo https://example.org/shop.git --wait</pre>
<h2>Add a machine</h2>
<p>This prints the command to run on it.</p>
<pre>${agentcom} agent invite</pre>
<p class="muted">Commands use your key: the owner's on the hub's machine, elsewhere the one given with <code>--key-file</code> or saved by
<code>agentcom context add</code>.</p>
<p class="muted">For monitoring: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, <a href="/livez">/livez</a>.</p>
</main>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function text(value: string): string {
  return value.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}
