// Anthropic's Messages interface, as Claude Code uses it.

import type { ServerResponse } from 'node:http';
import { type Answer, type Asked, type Call, USUAL_USE } from './scenario.js';
import type { Wire } from './server.js';
import { beginStream, send, sendJson, textOf } from './sse.js';

interface Message {
  readonly role: string;
  readonly content: unknown;
}

export const anthropic: Wire = {
  takes: (path) => path === '/v1/messages',
  asked,
  begin: (response, { model }) => start(response, model, USUAL_USE.input, USUAL_USE.cached),
  answer,
  other: (path, _body, response) => {
    if (path !== '/v1/messages/count_tokens') return false;
    sendJson(response, 200, { input_tokens: 100 });
    return true;
  },
};

function asked(body: Record<string, unknown>): Asked {
  const messages = (body.messages ?? []) as Message[];
  const results = (message: Message) =>
    Array.isArray(message.content) ? message.content.filter((part) => part.type === 'tool_result') : [];
  const last = messages.findLastIndex((message) => message.role === 'user' && results(message).length === 0);
  const since = messages.slice(last + 1).flatMap(results);
  return {
    model: String(body.model),
    prompt: textOf(messages[last]?.content),
    step: since.length,
    toolResult: textOf(since.at(-1)?.content),
    whole: JSON.stringify(messages),
    tools: ((body.tools ?? []) as { name?: string }[]).map((tool) => tool.name ?? ''),
  };
}

function callOf(answer: Answer): Call | undefined {
  if ('shell' in answer) return { tool: 'Bash', input: { command: answer.shell, description: 'Run it' } };
  if ('write' in answer) {
    return { tool: 'Write', input: { file_path: answer.write.path, content: answer.write.text } };
  }
  if ('mcp' in answer) return { tool: `mcp__agentcom__${answer.mcp}`, input: answer.input };
  return undefined;
}

function answer(response: ServerResponse, answer: Answer, { model }: Asked): void {
  if ('limit' in answer) {
    const reset = String(Math.floor(answer.limit.resetsAtMs / 1000));
    sendJson(
      response,
      429,
      { type: 'error', error: { type: 'rate_limit_error', message: 'This request would exceed your usage limit.' } },
      {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': reset,
        'anthropic-ratelimit-unified-representative-claim': 'five_hour',
        'anthropic-ratelimit-unified-5h-status': 'rejected',
        'anthropic-ratelimit-unified-5h-reset': reset,
        'anthropic-ratelimit-unified-5h-utilization': '1',
        'x-should-retry': 'false',
      },
    );
    return;
  }
  if ('refuse' in answer) {
    const error = { type: 'api_error', message: answer.refuse.message };
    sendJson(response, answer.refuse.status, { type: 'error', error }, { 'x-should-retry': 'false' });
    return;
  }
  const use = answer.usage ?? USUAL_USE;
  const call = callOf(answer);
  start(response, model, use.input, use.cached);
  if (call === undefined) {
    block(response, { type: 'text', text: '' }, { type: 'text_delta', text: 'say' in answer ? answer.say : '' });
  } else {
    const id = `toolu_${Math.random().toString(36).slice(2)}`;
    const json = JSON.stringify(call.input);
    block(
      response,
      { type: 'tool_use', id, name: call.tool, input: {} },
      { type: 'input_json_delta', partial_json: json },
    );
  }
  const delta = { stop_reason: call === undefined ? 'end_turn' : 'tool_use', stop_sequence: null };
  send(response, { type: 'message_delta', delta, usage: { output_tokens: use.output } }, 'message_delta');
  send(response, { type: 'message_stop' }, 'message_stop');
  response.end();
}

function start(response: ServerResponse, model: string, input: number, cached: number): void {
  beginStream(response, { 'request-id': 'req_fake' });
  const usage = {
    input_tokens: input,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: 0,
    output_tokens: 1,
  };
  const id = `msg_${Math.random().toString(36).slice(2)}`;
  const message = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
  send(response, { type: 'message_start', message: { ...message, usage } }, 'message_start');
}

function block(response: ServerResponse, content_block: object, delta: object): void {
  send(response, { type: 'content_block_start', index: 0, content_block }, 'content_block_start');
  send(response, { type: 'content_block_delta', index: 0, delta }, 'content_block_delta');
  send(response, { type: 'content_block_stop', index: 0 }, 'content_block_stop');
}
