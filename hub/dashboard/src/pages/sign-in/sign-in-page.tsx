// Where people sign in, register, accept an invitation and set a new password.

import type { Me, SignInOptions } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { call } from '../../api/client.js';
import { explain } from '../../api/problem.js';
import { hasEnded, me, sessionState, signedInAs } from '../../session.js';
import { signInTexts } from '../../texts/sign-in.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { arrivalOf, takeArrival } from './address.js';
import { Invitation } from './invitation.js';
import { Forgot, OneTimeLink, Register, Reset } from './other-ways.js';
import { PasswordSignIn } from './password.js';
import './sign-in.css';

export type Step = 'password' | 'link' | 'reset' | 'invitation' | 'register' | 'forgot';

export function SignInPage() {
  const { route } = useLocation();
  const { entry, to } = useMemo(() => arrivalOf(location, takeArrival()), []);
  const step = useSignal<Step>(entry.kind === 'refused' ? 'password' : entry.kind);
  const said = useSignal<string | undefined>(hasEnded ? signInTexts.ended : undefined);
  const options = useResource(() => call('session.options'), []);
  useEffect(() => {
    // A link that is pasted into this very tab loads no page by itself.
    const again = (): void => location.reload();
    addEventListener('hashchange', again);
    return () => removeEventListener('hashchange', again);
  }, []);
  useEffect(() => {
    document.title = `${signInTexts.title} · AgentCom`;
    // Nobody who looks at the address bar, or goes back to it, finds the secret.
    history.replaceState(null, '', location.pathname + location.search);
    if (entry.kind !== 'refused') return;
    void explain(entry.code).then((text) => {
      said.value = text ?? signInTexts.refused;
    });
  }, []);
  const arrive = (who: Me): void => {
    signedInAs(who);
    route(to, true);
  };
  const state = sessionState.value;
  const who = me.value;
  const isHereAlready = state === 'in' && step.value === 'password' && entry.kind !== 'refused';
  useEffect(() => {
    if (!isHereAlready || who === undefined) return;
    const wanted = entry.kind === 'password' ? entry.org : undefined;
    const isElsewhere = wanted !== undefined && wanted !== who.org && who.orgs?.some(({ org }) => org === wanted);
    if (isElsewhere) void call('session.switch', { body: { org: wanted } }).then(arrive);
    else route(to, true);
  }, [isHereAlready]);

  if (options.error.value !== undefined) {
    return (
      <Frame said={undefined}>
        <ErrorNote error={options.error.value} onRetry={options.reload} />
      </Frame>
    );
  }
  if (options.value.value === undefined || state === 'unknown' || isHereAlready) {
    return (
      <Frame said={undefined}>
        <SkeletonRows rows={4} />
      </Frame>
    );
  }
  const go = (next: Step, message?: string): void => {
    step.value = next;
    said.value = message;
  };
  const token = 'token' in entry ? entry.token : '';
  const org = entry.kind === 'password' ? entry.org : undefined;
  return (
    <Frame said={said.value}>
      <StepForm
        step={step.value}
        options={options.value.value}
        org={org}
        to={to}
        token={token}
        go={go}
        arrive={arrive}
      />
    </Frame>
  );
}

interface StepFormProps {
  readonly step: Step;
  readonly options: SignInOptions;
  readonly org: string | undefined;
  readonly to: string;
  readonly token: string;
  readonly go: (step: Step, message?: string) => void;
  readonly arrive: (who: Me) => void;
}

function StepForm({ step, options, org, to, token, go, arrive }: StepFormProps) {
  const arriveToJoin = (who: Me): void => {
    signedInAs(who);
    go('invitation');
  };
  switch (step) {
    case 'link':
      return <OneTimeLink token={token} arrive={arrive} />;
    case 'reset':
      return <Reset token={token} go={go} />;
    case 'register':
      return <Register go={go} arrive={arrive} />;
    case 'forgot':
      return <Forgot go={go} />;
    case 'invitation':
      return <Invitation token={token} go={go} arrive={arrive} />;
    default:
      return (
        <PasswordSignIn
          options={options}
          org={org}
          to={to}
          go={go}
          // Whoever signs in to join goes on to that.
          arrive={token === '' ? arrive : arriveToJoin}
        />
      );
  }
}

function Frame({ said, children }: { readonly said: string | undefined; readonly children: preact.ComponentChildren }) {
  return (
    <main class="sign-in" id="main">
      <p class="sign-in-brand">
        <img src="/icon.svg" alt="" width={28} height={28} /> AgentCom
      </p>
      <div class="card">
        {said !== undefined && (
          <p class="note" role="status">
            {said}
          </p>
        )}
        {children}
      </div>
    </main>
  );
}
