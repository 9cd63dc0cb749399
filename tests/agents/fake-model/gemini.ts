// Google's generateContent interface, as Gemini CLI uses it with a key.

import type { ServerResponse } from 'node:http';
import { type Answer, type Asked, type Call, USUAL_USE } from './scenario.js';
import type { Wire } from './server.js';
import { beginStream, send, sendJson, textOf } from './sse.js';

interface Content {
  readonly role?: string;
  readonly parts?: readonly { readonly text?: string; readonly functionResponse?: unknown }[];
}

interface Result {
  readonly response?: { readonly output?: unknown };
}

export const gemini: Wire = {
  takes: (path) => path.startsWith('/v1beta/models/') && path.endsWith('enerateContent'),
  asked,
  begin: (response) => {
    beginStream(response);
    send(response, { candidates: [{ content: { role: 'model', parts: [{ text: 'I' }] } }] });
  },
  answer,
  other: (path, _body, response) => {
    if (!path.endsWith(':countTokens')) return false;
    sendJson(response, 200, { totalTokens: 100 });
    return true;
  },
};

function asked(body: Record<string, unknown>, path: string): Asked {
  const contents = (body.contents ?? []) as Content[];
  const results = (content: Content) => (content.parts ?? []).filter((part) => part.functionResponse !== undefined);
  const last = contents.findLastIndex((content) => content.role === 'user' && results(content).length === 0);
  const since = contents.slice(last + 1).flatMap(results);
  const declared = ((body.tools ?? []) as { functionDeclarations?: { name: string }[] }[]).flatMap(
    (tool) => tool.functionDeclarations ?? [],
  );
  return {
    model: /models\/([^:]+):/.exec(path)?.[1] ?? '',
    prompt: textOf(contents[last]?.parts),
    step: since.length,
    toolResult: String((since.at(-1)?.functionResponse as Result | undefined)?.response?.output ?? ''),
    whole: JSON.stringify(contents),
    tools: declared.map((tool) => tool.name),
  };
}

function callOf(answer: Answer): Call | undefined {
  if ('shell' in answer) return { tool: 'run_shell_command', input: { command: answer.shell, description: 'Run it' } };
  if ('write' in answer)
    return { tool: 'write_file', input: { file_path: answer.write.path, content: answer.write.text } };
  if ('mcp' in answer) return { tool: `mcp_agentcom_${answer.mcp}`, input: answer.input };
  return undefined;
}

function answer(response: ServerResponse, answer: Answer, { model, tools }: Asked): void {
  if ('limit' in answer || 'refuse' in answer) {
    const code = 'limit' in answer ? 429 : answer.refuse.status;
    const status = code === 429 ? 'RESOURCE_EXHAUSTED' : 'INTERNAL';
    const message = 'limit' in answer ? 'You exceeded your current quota.' : answer.refuse.message;
    sendJson(response, code, { error: { code, status, message } });
    return;
  }
  const { input, cached, output } = answer.usage ?? USUAL_USE;
  const call = callOf(answer);
  const part =
    call === undefined
      ? { text: 'say' in answer ? answer.say : '' }
      : { functionCall: { name: call.tool, args: call.input } };
  const generated = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: {
      promptTokenCount: input + cached,
      cachedContentTokenCount: cached,
      candidatesTokenCount: output,
      totalTokenCount: input + cached + output,
    },
    modelVersion: model,
  };
  // The requests beside the work are not streamed.
  if (tools.length === 0) return sendJson(response, 200, generated);
  beginStream(response);
  send(response, generated);
  response.end();
}
