// A request with everything taken out of its texts that looks like a secret, still within the sizes it was checked for.

import type { AgentRequest } from '@agentcom/schemas';
import { clip, clipCodePoints } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';

export function maskedRequest(request: AgentRequest, mask: (text: string) => string): AgentRequest {
  // What stands in for a secret may be longer than it was.
  const within = (text: string, bytesMax: number) => clip(mask(text), bytesMax);
  switch (request.type) {
    case 'get_task':
    case 'read_messages':
    case 'list_agents':
      return request;
    case 'report_progress':
      return request.note === undefined
        ? request
        : { ...request, note: clipCodePoints(mask(request.note), LIMITS.noteChars) };
    case 'ask':
      return {
        ...request,
        question: within(request.question, LIMITS.questionBytes),
        ...(request.context !== undefined && { context: within(request.context, LIMITS.contextBytes) }),
        ...(request.choices !== undefined && {
          choices: request.choices.map((choice) => clipCodePoints(mask(choice), LIMITS.choiceChars)),
        }),
      };
    case 'submit_result':
      return {
        ...request,
        summary: within(request.summary, LIMITS.summaryBytes),
        ...(request.data !== undefined && { data: maskedData(request.data, mask) }),
        ...(request.noChange !== undefined && { noChange: within(request.noChange, LIMITS.noteBytes) }),
      };
    case 'send_message':
      return { ...request, body: within(request.body, LIMITS.messageBytes) };
  }
}

/** Data that would grow past its size by masking is left out, which says so. */
function maskedData(data: unknown, mask: (text: string) => string): unknown {
  const clean = maskedValue(data, mask);
  const bytes = Buffer.byteLength(JSON.stringify(clean));
  return bytes <= LIMITS.dataBytes ? clean : '[left out: too large after secrets were masked]';
}

function maskedValue(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), maskedValue(item, mask)]));
}
