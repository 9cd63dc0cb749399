// Where people sign in, register and set a new password. The secret of a link stands behind the `#`, which a browser sends to nobody; the
// page hands it to the API.

import { ERRORS, LIMITS, RUNNERS } from '@agentcom/schemas';
import { pageHeaders, STYLE, text } from './page.js';

/** Of a sign-in at an identity provider, which comes back as a code behind the `#`. */
const REFUSED = Object.fromEntries(
  Object.entries(ERRORS)
    .filter(([code]) => /^oidc\.|^member\.none$/.test(code))
    .map(([code, { title, remedy }]) => [code, `${title}. ${remedy}`]),
);

const SCRIPT = `
const REFUSED = new Map(Object.entries(${JSON.stringify(REFUSED)}));
const byId = (id) => document.getElementById(id);
const [mode, token] = location.hash.slice(1).split('=');
history.replaceState(null, '', location.pathname);

async function call(method, path, body) {
  const answer = await fetch('/api/v1' + path, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (answer.ok) return said;
  const fields = (said.errors ?? []).map(({ path, message }) => path.slice(1) + ' ' + message);
  throw Object.assign(new Error([said.detail, ...fields].join('; ')), { code: said.code });
}

function show(id) {
  for (const part of document.querySelectorAll('main > section')) part.hidden = part.id !== id;
}

function say(message) {
  byId('message').textContent = message;
}

/** Some browsers have no passkeys, and addresses of numbers cannot have any. */
const hasPasskeys = typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential
  && !/^[\\d.]+$|:/.test(location.hostname);
byId('passkey-form').hidden = !hasPasskeys;

/** Where somebody wants to sign in who belongs to several. */
const wanted = mode === 'org' ? { org: token } : {};
let invited = mode === 'invitation';
let keyRole;
function welcome(me) {
  say('');
  if (invited) return show('join');
  byId('who').textContent = me.name + ' (' + me.role + ') in ' + me.org;
  const others = (me.orgs ?? []).filter(({ org }) => org !== me.org);
  byId('org-form').hidden = others.length === 0;
  byId('org-form').querySelector('select').replaceChildren(...others.map(({ org, name }) => new Option(name ?? org, org)));
  byId('codes').hidden = me.email === undefined;
  byId('passkeys').hidden = me.email === undefined || !hasPasskeys;
  if (me.email !== undefined) listPasskeys().catch((error) => say(error.message));
  for (const form of ['begin', 'confirm', 'remove']) byId('totp-' + form).hidden = true;
  byId(me.totp === undefined ? 'totp-begin' : 'totp-remove').hidden = false;
  keyRole = me.role;
  byId('make-key').hidden = !['owner', 'admin', 'developer'].includes(me.role);
  byId('make-agent').hidden = !['owner', 'admin'].includes(me.role);
  for (const id of ['key', 'join-command']) byId(id).textContent = '';
  for (const id of ['key-part', 'agent-part']) byId(id).hidden = true;
  show('signed-in');
}

function onSubmit(id, send) {
  byId(id).addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
    const button = form.querySelector('button');
    button.disabled = true;
    say('');
    try {
      await send(fields);
      form.reset();
    } catch (error) {
      say(error.message);
    }
    button.disabled = false;
  });
}

onSubmit('key-form', async ({ name }) => {
  const { key } = await call('POST', '/keys', { name, role: keyRole });
  byId('key').textContent = key;
  byId('key-part').hidden = false;
});
onSubmit('agent-form', async ({ runner, repositories }) => {
  const bounds = { ...(runner && { runners: [runner] }), ...(repositories && { repositories: repositories.trim().split(/\\s+/) }) };
  const { joinCommand } = await call('POST', '/enrolments', bounds);
  byId('join-command').textContent = joinCommand;
  byId('agent-part').hidden = false;
});
onSubmit('password-form', async (fields) => {
  try {
    welcome(await call('POST', '/sessions', { ...fields, ...wanted }));
  } catch (error) {
    if (error.code !== 'auth.code_required') throw error;
    byId('code').hidden = false;
    byId('code').querySelector('input').focus();
    say('Enter the code that your app shows, or a recovery code.');
  }
});
async function listPasskeys() {
  const { items } = await call('GET', '/me/passkeys');
  byId('passkey-list').replaceChildren(...items.map(({ id, name }) => {
    const [item, button] = [document.createElement('li'), document.createElement('button')];
    Object.assign(button, { className: 'plain', type: 'button', textContent: 'Remove' });
    button.addEventListener('click', () => call('DELETE', '/me/passkeys/' + id).then(listPasskeys).catch((error) => say(error.message)));
    item.append(name + ' ', button);
    return item;
  }));
}
onSubmit('passkey-form', async () => {
  const { publicKey } = await call('POST', '/sessions/passkey/options', {});
  const made = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  const { id, response } = made.toJSON();
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  const handle = userHandle ? { userHandle } : {};
  const credential = { id, clientDataJSON, authenticatorData, signature, ...handle };
  welcome(await call('POST', '/sessions/passkey', { credential, ...wanted }));
});
onSubmit('passkey-create', async ({ name, ...confirm }) => {
  const { publicKey } = await call('POST', '/me/passkeys/options', confirm);
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  const { id, response } = made.toJSON();
  const { clientDataJSON, attestationObject } = response;
  await call('POST', '/me/passkeys', { name, credential: { id, clientDataJSON, attestationObject } });
  await listPasskeys();
});
onSubmit('totp-begin', async (fields) => {
  const { secret, url } = await call('POST', '/me/totp', fields);
  byId('totp-url').href = url;
  byId('totp-secret').textContent = secret;
  byId('totp-begin').hidden = true;
  byId('totp-confirm').hidden = false;
});
onSubmit('totp-confirm', async (fields) => {
  const { recoveryCodes } = await call('POST', '/me/totp/confirm', fields);
  byId('recovery').textContent = recoveryCodes.join('\\n');
  byId('recovery-part').hidden = false;
  welcome(await call('GET', '/me'));
});
onSubmit('totp-remove', async (fields) => {
  await call('POST', '/me/totp/remove', fields);
  welcome(await call('GET', '/me'));
});
onSubmit('link-form', async () => welcome(await call('POST', '/sessions', { token })));
onSubmit('register-form', async (fields) => {
  const invitation = invited ? { invitation: token } : {};
  const me = await call('POST', '/registrations', { ...fields, ...invitation });
  invited = false;
  welcome(me);
});
onSubmit('join-form', async () => {
  const joined = await call('POST', '/me/memberships', { token });
  invited = false;
  welcome(await call('PATCH', '/sessions/current', { org: joined.org }));
});
onSubmit('org-form', async (fields) => welcome(await call('PATCH', '/sessions/current', fields)));
onSubmit('reset-form', async (fields) => {
  await call('POST', '/sessions/reset', { ...fields, token });
  say('The new password is set. Sign in with it.');
  show('password');
});
onSubmit('forgot-form', async (fields) => {
  await call('POST', '/sessions/reset/mail', fields);
  show('password');
  say('If this address has an account, a link to set a new password is on its way. It works for an hour.');
});
onSubmit('out-form', async () => {
  await call('DELETE', '/sessions/current');
  // Nothing of whoever was signed in stays on the page.
  location.reload();
});
byId('to-register')?.addEventListener('click', () => show('register'));
byId('to-sign-in').addEventListener('click', () => show('password'));
byId('to-forgot')?.addEventListener('click', () => show('forgot'));
byId('forgot-back').addEventListener('click', () => show('password'));

const me = await call('GET', '/me').catch(() => undefined);
if (mode === 'sign-in') show('link');
else if (mode === 'reset') show('reset');
else if (mode === 'invitation') {
  byId('org-fields').remove();
  show(me?.email === undefined ? 'register' : 'join');
} else if (me !== undefined) {
  const isElsewhere = me.orgs?.some(({ org }) => org === wanted.org) && me.org !== wanted.org;
  welcome(isElsewhere ? await call('PATCH', '/sessions/current', wanted) : me);
} else show('password');
if (mode === 'refused') say(REFUSED.get(token) ?? 'Signing in failed. Try again.');
`;

export const SIGN_IN_HEADERS = pageHeaders(SCRIPT);

const RUNNER_OPTIONS = RUNNERS.map((kind) => `<option>${kind}</option>`).join('');
const PASSWORD = `minlength="${LIMITS.passwordCharsMin}"`;

export interface SignInPageParts {
  /** Whether everybody may register. */
  readonly isOpen: boolean;
  /** Whether people may sign in at an identity provider. */
  readonly hasProvider: boolean;
  /** Whether the hub mails links to set a new password. */
  readonly sendsMail: boolean;
  readonly address: string;
}

export function signInPage({ isOpen, hasProvider, sendsMail, address }: SignInPageParts): string {
  const provider = hasProvider ? '<p><a href="/sign-in/oidc">Sign in with your organisation</a></p>' : '';
  const register = isOpen
    ? '<p><button id="to-register" type="button" class="plain">Create an account</button></p>'
    : '';
  const forgotten = sendsMail
    ? '<p><button id="to-forgot" type="button" class="plain">Forgot your password?</button></p>'
    : '';
  const help = sendsMail
    ? 'No account? An owner of your organisation can invite you.'
    : 'No account, or forgot your password? An owner of your organisation can send you a link.';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AgentCom: sign in</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>AgentCom</h1>
<noscript><p>This page needs JavaScript.</p></noscript>
<p id="message" class="not_ready" role="status"></p>
<section id="password" hidden>
<h2>Sign in</h2>
<form id="password-form">
<label>E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<label id="code" hidden>Code <input name="code" autocomplete="one-time-code"></label>
<button>Sign in</button>
</form>
<form id="passkey-form"><button>Sign in with a passkey</button></form>
${provider}
${forgotten}
<p class="muted">${help}</p>
${register}
</section>
<section id="forgot" hidden>
<h2>Forgot your password?</h2>
<form id="forgot-form">
<label>E-mail of your account <input name="email" type="email" autocomplete="username" required></label>
<button>Mail a link to set a new one</button>
</form>
<p><button id="forgot-back" type="button" class="plain">Back</button></p>
</section>
<section id="link" hidden>
<h2>Sign in</h2>
<form id="link-form"><button>Sign in with this link</button></form>
<p class="muted">The link works once.</p>
</section>
<section id="register" hidden>
<h2>Create an account</h2>
<form id="register-form">
<label>Name <input name="name" autocomplete="name" required></label>
<label>E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>Password, at least ${LIMITS.passwordCharsMin} characters
<input name="password" type="password" autocomplete="new-password" ${PASSWORD} required></label>
<label id="org-fields">Organisation, such as acme <input name="org" pattern="[a-z0-9]([a-z0-9\\-]*[a-z0-9])?" autocomplete="organization"></label>
<button>Create the account</button>
</form>
<p><button id="to-sign-in" type="button" class="plain">I already have an account</button></p>
</section>
<section id="join" hidden>
<h2>Join an organisation</h2>
<form id="join-form"><button>Accept the invitation</button></form>
</section>
<section id="reset" hidden>
<h2>Set a new password</h2>
<form id="reset-form">
<label>New password, at least ${LIMITS.passwordCharsMin} characters
<input name="password" type="password" autocomplete="new-password" ${PASSWORD} required></label>
<button>Set password</button>
</form>
</section>
<section id="signed-in" hidden>
<h2>Signed in</h2>
<p id="who"></p>
<form id="org-form" hidden>
<label>Another organisation <select name="org"></select></label>
<button>Switch</button>
</form>
<div id="make-key">
<h2>Work from a terminal</h2>
<form id="key-form">
<label>Name of a new key, such as laptop <input name="name" maxlength="64" required></label>
<button>Create a key</button>
</form>
<div id="key-part" hidden>
<p>This is shown only once. Save the key in a file that only you can read, here <code>agentcom.key</code>, then:</p>
<pre id="key"></pre>
<pre>agentcom --hub ${text(address)} --key-file agentcom.key status</pre>
</div>
</div>
<div id="make-agent">
<h2>Add a machine</h2>
<form id="agent-form">
<label>Only with the runner <select name="runner"><option value="">any</option>${RUNNER_OPTIONS}</select></label>
<label>Only for repositories, such as https://git.example.org/shop/* (several with a space between)
<input name="repositories" placeholder="any"></label>
<button>Create an invitation</button>
</form>
<div id="agent-part" hidden>
<p>Run this on the machine, within an hour. It is shown only once.</p>
<pre id="join-command"></pre>
</div>
</div>
<div id="passkeys">
<h2>Passkeys</h2>
<ul id="passkey-list"></ul>
<form id="passkey-create">
<label>Name of the new passkey, such as phone <input name="name" maxlength="64" required></label>
<label>Your password <input name="current" type="password" autocomplete="current-password"></label>
<button>Create a passkey</button>
</form>
</div>
<div id="codes">
<h2>Codes of an authenticator app</h2>
<form id="totp-begin">
<label>Your password <input name="current" type="password" autocomplete="current-password"></label>
<button>Turn on</button>
</form>
<form id="totp-confirm">
<p>Open <a id="totp-url">this link</a> on the device with the app, or add this secret to it: <code id="totp-secret"></code></p>
<label>The code that it shows <input name="code" autocomplete="one-time-code" required></label>
<button>Confirm</button>
</form>
<div id="recovery-part" hidden>
<p>Keep these recovery codes. Each signs you in once if you lose the app, and they are not shown again.</p>
<pre id="recovery"></pre>
</div>
<form id="totp-remove">
<label>A code of the app, or a recovery code <input name="code" autocomplete="one-time-code" required></label>
<button>Turn off</button>
</form>
</div>
<form id="out-form"><button>Sign out</button></form>
</section>
</main>
<script type="module">${SCRIPT}</script>
</body>
</html>
`;
}
