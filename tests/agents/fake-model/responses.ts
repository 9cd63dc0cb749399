// OpenAI's Responses interface, as Codex uses it.

import type { ServerResponse } from 'node:http';
import { type Answer, type Asked, type Call, USUAL_USE } from './scenario.js';
import type { Wire } from './server.js';
import { beginStream, send, sendJson, textOf } from './sse.js';

interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: unknown;
  readonly output?: unknown;
}

export const responses: Wire = {
  takes: (path) => path === '/v1/responses',
  asked,
  begin: (response) => {
    beginStream(response);
    send(response, { type: 'response.created', response: { id: 'resp_fake' } }, 'response.created');
  },
  answer,
  other: () => false,
};

function asked(body: Record<string, unknown>): Asked {
  const items = (body.input ?? []) as Item[];
  const last = items.findLastIndex((item) => item.role === 'user');
  const results = items.slice(last + 1).filter((item) => item.type?.endsWith('_output'));
  const newest = results.at(-1)?.output;
  return {
    model: String(body.model),
    prompt: textOf(items[last]?.content),
    step: results.length,
    toolResult: typeof newest === 'string' ? newest : textOf(newest),
    whole: JSON.stringify(items),
    tools: ((body.tools ?? []) as { name?: string; type?: string }[]).map((tool) => tool.name ?? tool.type ?? ''),
  };
}

function callOf(answer: Answer): (Call & { readonly namespace?: string }) | undefined {
  if ('shell' in answer) return { tool: 'exec_command', input: { cmd: answer.shell } };
  if ('write' in answer) {
    const { path, text } = answer.write;
    return { tool: 'exec_command', input: { cmd: `cat > '${path}' <<'END'\n${text}\nEND` } };
  }
  if ('mcp' in answer) return { tool: answer.mcp, namespace: 'mcp__agentcom', input: answer.input };
  return undefined;
}

function answer(response: ServerResponse, answer: Answer, _asked: Asked): void {
  if ('limit' in answer) {
    const resets_at = Math.floor(answer.limit.resetsAtMs / 1000);
    const error = {
      type: 'usage_limit_reached',
      message: 'The usage limit has been reached',
      plan_type: 'plus',
      resets_at,
    };
    sendJson(response, 429, { error });
    return;
  }
  if ('refuse' in answer) {
    sendJson(response, answer.refuse.status, { error: { message: answer.refuse.message, type: 'server_error' } });
    return;
  }
  const { input, cached, output } = answer.usage ?? USUAL_USE;
  const call = callOf(answer);
  beginStream(response);
  send(response, { type: 'response.created', response: { id: 'resp_fake' } }, 'response.created');
  const item =
    call === undefined
      ? {
          type: 'message',
          id: 'msg_fake',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'say' in answer ? answer.say : '', annotations: [] }],
        }
      : {
          type: 'function_call',
          id: 'fc_fake',
          call_id: `call_${Math.random().toString(36).slice(2)}`,
          name: call.tool,
          ...(call.namespace !== undefined && { namespace: call.namespace }),
          arguments: JSON.stringify(call.input),
        };
  send(response, { type: 'response.output_item.done', output_index: 0, item }, 'response.output_item.done');
  const usage = {
    input_tokens: input + cached,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + cached + output,
  };
  send(response, { type: 'response.completed', response: { id: 'resp_fake', usage } }, 'response.completed');
  response.end();
}
