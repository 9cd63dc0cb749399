// OpenAI's chat completions, as OpenCode uses them for providers of its configuration.

import type { ServerResponse } from 'node:http';
import { type Answer, type Asked, type Call, USUAL_USE } from './scenario.js';
import type { Wire } from './server.js';
import { beginStream, send, sendJson, textOf } from './sse.js';

interface Message {
  readonly role: string;
  readonly content: unknown;
}

export const chat: Wire = {
  takes: (path) => path === '/v1/chat/completions',
  asked,
  begin: (response, { model }) => {
    beginStream(response);
    send(response, chunk(model, { role: 'assistant', content: 'I' }));
  },
  answer,
  other: () => false,
};

function asked(body: Record<string, unknown>): Asked {
  const messages = (body.messages ?? []) as Message[];
  const last = messages.findLastIndex((message) => message.role === 'user');
  const results = messages.slice(last + 1).filter((message) => message.role === 'tool');
  return {
    model: String(body.model),
    prompt: textOf(messages[last]?.content),
    step: results.length,
    toolResult: textOf(results.at(-1)?.content),
    whole: JSON.stringify(messages),
    tools: ((body.tools ?? []) as { function?: { name?: string } }[]).map((tool) => tool.function?.name ?? ''),
  };
}

function callOf(answer: Answer): Call | undefined {
  if ('shell' in answer) return { tool: 'bash', input: { command: answer.shell, description: 'Run it' } };
  if ('write' in answer) return { tool: 'write', input: { filePath: answer.write.path, content: answer.write.text } };
  if ('mcp' in answer) return { tool: `agentcom_${answer.mcp}`, input: answer.input };
  return undefined;
}

function answer(response: ServerResponse, answer: Answer, { model }: Asked): void {
  if ('limit' in answer) {
    const seconds = Math.max(1, Math.ceil((answer.limit.resetsAtMs - Date.now()) / 1000));
    const error = { message: 'Rate limit reached for requests', type: 'requests', code: 'rate_limit_exceeded' };
    sendJson(response, 429, { error }, { 'retry-after': String(seconds) });
    return;
  }
  if ('refuse' in answer) {
    sendJson(response, answer.refuse.status, { error: { message: answer.refuse.message, type: 'server_error' } });
    return;
  }
  const call = callOf(answer);
  const { input, cached, output } = answer.usage ?? USUAL_USE;
  beginStream(response);
  if (call === undefined) {
    send(response, chunk(model, { role: 'assistant', content: 'say' in answer ? answer.say : '' }));
  } else {
    const id = `call_${Math.random().toString(36).slice(2)}`;
    const called = { name: call.tool, arguments: JSON.stringify(call.input) };
    const tool_calls = [{ index: 0, id, type: 'function', function: called }];
    send(response, chunk(model, { role: 'assistant', content: null, tool_calls }));
  }
  send(response, chunk(model, {}, call === undefined ? 'stop' : 'tool_calls'));
  const usage = {
    prompt_tokens: input + cached,
    completion_tokens: output,
    total_tokens: input + cached + output,
    prompt_tokens_details: { cached_tokens: cached },
  };
  send(response, { ...chunk(model, {}), choices: [], usage });
  send(response, '[DONE]');
  response.end();
}

function chunk(model: string, delta: object, finish_reason: string | null = null) {
  const choices = [{ index: 0, delta, finish_reason }];
  return { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1, model, choices };
}
