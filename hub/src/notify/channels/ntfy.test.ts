import { describe, expect, it } from 'vitest';
import { conformance, httpProvider, type Received } from './conformance.js';
import { KnownKinds } from './index.js';

const TOPIC = 'oncall-4f8Qz';
const TOKEN = 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2';

function json({ body }: Received) {
  return JSON.parse(body.toString());
}

describe('ntfy', () => {
  conformance({
    kind: 'ntfy',
    start: () =>
      httpProvider({
        settings: (server) => ({ server, topic: TOPIC, token: TOKEN }),
        accept: ({ headers, body }, response) => {
          const known = headers.authorization === `Bearer ${TOKEN}`;
          if (!known)
            return response.writeHead(401).end(JSON.stringify({ code: 40101, http: 401, error: 'unauthorized' }));
          const { topic, title, message } = JSON.parse(body.toString());
          return response.end(JSON.stringify({ id: 'hwQ2YpKdmg', time: 1, event: 'message', topic, title, message }));
        },
      }),
    secrets: [TOPIC, TOKEN],
    textOf: ({ body }) => body.toString(),
    isSameEntry: (first, later) => json(first).sequence_id === json(later).sequence_id,
    isClosing: (received) => json(received).title.startsWith('Resolved'),
    expectFits: (received) => {
      const { title, message, actions, sequence_id } = json(received);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096);
      expect(title.length).toBeLessThanOrEqual(250);
      expect(actions.length).toBeLessThanOrEqual(3);
      expect(sequence_id).toMatch(/^[-_A-Za-z0-9]{1,64}$/);
    },
  });

  it.each(['a b', 'a/b', '', 'ä'])('takes no topic "%s"', (topic) => {
    expect(new KnownKinds().validate('ntfy', { topic }).ok).toBe(false);
  });
});
