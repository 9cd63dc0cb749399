// Whether the gateway answers through which agents reach their models: each API that they need is asked something that costs nothing.

import type { RunnerKind, SidecarSettings } from '@agentcom/schemas';
import { networkFault } from '@agentcom/schemas/host/network/fault';
import { exchange, textOf } from '@agentcom/schemas/host/network/http-exchange';
import { isInTheClear } from '@agentcom/schemas/host/network/proxy';
import { matchesPattern } from '@agentcom/schemas/pattern';
import type { Environment } from '@agentcom/sidecar/host/exec';
import { gatewayModel } from '@agentcom/sidecar/runners/kinds/opencode';
import { gatewayRoot, gatewayToken, gatewayUseOf, NoProvider } from '@agentcom/sidecar/runners/provider';
import { messageOf } from '../exit.js';
import { ENVIRONMENT_FILE } from '../service/service-text.js';
import { type Check, fail, pass, warn } from './check.js';

const NAME = 'gateway';
const TIMEOUT_MS = 5_000;
/** A gateway may list some thousand models. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const MODELS_SHOWN = 5;
const SETTING = '`runner.gateway.url`';

type Runner = Pick<SidecarSettings['runner'], 'gateway' | 'kind' | 'also' | 'model'>;

interface Asking {
  readonly root: string;
  readonly token: string | undefined;
  readonly env: Environment;
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  /** Undefined when it is no JSON. */
  readonly json: unknown;
}

/** None without a gateway. `ofService`: the environment of the service that will run it, where the token may be missing. */
export async function checkGateway(
  runner: Runner,
  env: Environment,
  {
    ofService,
    timeoutMs = TIMEOUT_MS,
  }: { readonly ofService?: Environment | undefined; readonly timeoutMs?: number } = {},
): Promise<readonly Check[]> {
  const { url, tokenVariable } = runner.gateway;
  if (url === undefined) return [];
  let token: string | undefined;
  try {
    token = gatewayToken(runner.gateway, env);
  } catch (error) {
    if (!(error instanceof NoProvider)) throw error;
    return [fail(NAME, error.message, tokenRemedy(runner))];
  }
  const asking = { root: gatewayRoot(url), token, env, timeoutMs };
  const kinds = [...new Set([runner.kind, ...runner.also])].filter((kind) => gatewayUseOf(kind, runner) !== undefined);
  const problems = await Promise.all(kinds.map((kind) => problemOf(kind, runner, asking)));
  const problem = problems.find((one) => one?.state === 'fail') ?? problems.find((one) => one !== undefined);
  if (problem !== undefined) return [problem];
  const notes = [
    ...(await modelNote(runner, asking)),
    ...(token !== undefined && isInTheClear(new URL(url))
      ? [warn(NAME, `the token goes to ${url} in the clear`, 'Use https://.')]
      : []),
    ...(tokenVariable !== undefined && ofService !== undefined && !ofService[tokenVariable]
      ? [
          warn(
            NAME,
            `${tokenVariable} is set in this shell, which a service does not see`,
            `Add it to the file \`${ENVIRONMENT_FILE}\` (mode 0600) next to the configuration, or use \`runner.gateway.tokenFile\`.`,
          ),
        ]
      : []),
  ];
  return notes.length > 0 ? notes : [pass(NAME, `${asking.root} answers for ${kinds.join(', ') || 'no agent here'}`)];
}

/** Undefined when the API that the kind needs is there. */
async function problemOf(kind: RunnerKind, runner: Runner, asking: Asking): Promise<Check | undefined> {
  const path = gatewayUseOf(kind, runner)?.path ?? '';
  const address = `${asking.root}${path}`;
  const said = await ask('POST', path, asking);
  if ('state' in said) return said;
  const { status, location, json } = said;
  if (status === 401 || status === 403) {
    const what = asking.token === undefined ? 'wants a token' : 'does not accept the token';
    return fail(NAME, `${asking.root} ${what} (HTTP ${status})`, tokenRemedy(runner));
  }
  if (status >= 300 && status < 400)
    return fail(
      NAME,
      `${address} redirects to ${location ?? 'another address'}`,
      `Put the address itself into ${SETTING}.`,
    );
  if (status >= 500)
    return warn(NAME, `${address} answers with HTTP ${status}`, "See the gateway's log; then run this again.");
  // Without a model in the request, some say that they do not know the model.
  const isMissing = [404, 405, 501].includes(status) && !/model/i.test(JSON.stringify(json ?? ''));
  if (isMissing || json === undefined) {
    const how = isMissing ? `HTTP ${status}` : 'something other than JSON';
    return fail(
      NAME,
      `${address} is not the API that ${kind} needs: it answers with ${how}`,
      `Correct ${SETTING}, without \`/v1\` at its end; or leave out ${kind} if the gateway does not speak its API.`,
    );
  }
  return undefined;
}

/** Not every gateway lists its models. */
async function modelNote({ kind, model, ...runner }: Runner, asking: Asking): Promise<readonly Check[]> {
  if (model === undefined || gatewayUseOf(kind, { gateway: runner.gateway }) === undefined) return [];
  const said = await ask('GET', '/v1/models', asking);
  const models = 'state' in said || said.status !== 200 ? [] : modelsIn(said.json);
  const wanted = kind === 'opencode' ? gatewayModel(model) : model;
  if (models.length === 0 || models.some((one) => matchesPattern(one, wanted))) return [];
  const more = models.length > MODELS_SHOWN ? `, and ${models.length - MODELS_SHOWN} more` : '';
  return [
    warn(
      NAME,
      `${asking.root} does not list the model ${wanted}; it has ${models.slice(0, MODELS_SHOWN).join(', ')}${more}`,
      'Correct `runner.model`, or add the model to the gateway.',
    ),
  ];
}

async function ask(
  method: 'GET' | 'POST',
  path: string,
  { root, token, env, timeoutMs }: Asking,
): Promise<Answer | Check> {
  const url = `${root}${path}`;
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const headers = {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const answer = await exchange({
      method,
      url,
      headers,
      ...(method === 'POST' && { body: '{}' }),
      signal: late,
      env,
    });
    const text = await textOf(answer.body, ANSWER_BYTES_MAX);
    return { status: answer.status, location: answer.headers.location, json: parsed(text) };
  } catch (error) {
    if (late.aborted)
      return fail(
        NAME,
        `${root} did not answer in ${timeoutMs / 1000} s`,
        `Check ${SETTING}, and whether the gateway runs.`,
      );
    const fault = networkFault(error, url);
    return fail(
      NAME,
      `${root} cannot be reached: ${fault?.what ?? messageOf(error)}`,
      fault?.remedy ?? `Check ${SETTING}, and whether the gateway runs.`,
    );
  }
}

function tokenRemedy({ gateway: { tokenFile, tokenVariable } }: Runner): string {
  if (tokenFile !== undefined) return `Put a valid token of the gateway into ${tokenFile}.`;
  return tokenVariable === undefined
    ? 'Set `runner.gateway.tokenFile` to a file with a token of the gateway.'
    : `Set ${tokenVariable} to a valid token of the gateway.`;
}

function modelsIn(json: unknown): readonly string[] {
  const data = typeof json === 'object' && json !== null && 'data' in json ? json.data : undefined;
  if (!Array.isArray(data)) return [];
  return data.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'string' ? [one.id] : [],
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
