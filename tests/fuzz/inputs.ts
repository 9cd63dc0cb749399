// What strangers, bugs and attackers may send, as generators: JSON that is nearly right, WebSocket frames bit by bit, and HTTP that two
// readers would read differently.

import { LIVE_VIEWS, ROUTES, type Route } from '@agentcom/schemas';
import fc from 'fast-check';
import { validBodies, validFrames, validPageFrames } from '../fixtures/valid-input.js';

const routes = Object.values<Route>(ROUTES);
const values: readonly unknown[] = [...Object.values(validFrames), ...Object.values(validBodies)];

const nested = fc
  .tuple(fc.constantFrom('[', '{"a":'), fc.integer({ min: 1, max: 40_000 }))
  .map(([open, levels]) => `${open.repeat(levels)}1${(open === '[' ? ']' : '}').repeat(levels)}`);

/** Pieces of JSON that a value may be replaced with. */
const piece = fc.oneof(
  fc.constantFrom(
    '1e999',
    '-1e999',
    '1e-999',
    '0.1e1',
    '-0',
    '9007199254740993',
    `1${'0'.repeat(400)}`,
    'null',
    '""',
    '{}',
    '[]',
  ),
  fc.constantFrom('"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\u202e"', '"\\uD83D\\uDE00"'),
  fc.constantFrom(
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":1}}',
    '{"a":1,"a":2}',
    '{"toString":1,"length":-1}',
  ),
  fc.string({ unit: 'binary', maxLength: 300 }).map((text) => JSON.stringify(text)),
  fc.json(),
  fc.integer({ min: 1, max: 200_000 }).map((length) => JSON.stringify('x'.repeat(length))),
);

/** One of these values in which one thing was replaced, doubled or cut. */
function mutated(all: readonly unknown[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...all), fc.nat(), piece, fc.constantFrom('replace', 'double', 'cut', 'swap'))
    .map(([value, nth, by, how]) => {
      const text = JSON.stringify(value);
      const places = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|-?[\d.]+|true|false)/g)];
      const place = places[nth % Math.max(1, places.length)];
      if (how === 'cut' || place === undefined) return text.slice(0, nth % (text.length + 1));
      const [from, to] = [place.index + 1, place.index + place[0].length];
      if (how === 'double') return `${text.slice(0, 1)}"${'type'}":${by},${text.slice(1)}`;
      if (how === 'swap') return text.slice(0, from) + text.slice(0, nth % text.length) + text.slice(to);
      return text.slice(0, from) + by + text.slice(to);
    });
}

export const jsonText = fc.oneof(
  { weight: 6, arbitrary: mutated(values) },
  nested,
  fc.json(),
  piece,
  fc.string({ unit: 'binary' }),
);

/** A frame of the agent socket: of a known type, with fields of any other. */
export const frameText = fc
  .tuple(fc.constantFrom(...Object.keys(validFrames), 'no.such', '__proto__'), jsonText)
  .map(([type, text]) => (text.startsWith('{') ? `{"type":${JSON.stringify(type)},"id":"f",${text.slice(1)}` : text));

/** Terms that are right, and what a parser may trip over. */
const term = fc.oneof(
  fc.constantFrom(
    'state:blocked,queued',
    '-lane:low',
    'cost:>2',
    'age:>1h',
    'label:team=roof',
    '"two words"',
    'repo:*',
  ),
  fc.constantFrom('state:', ':', '-', '--', '"', 'cost:>', 'cost:>1e999', 'age:>-1h', 'label:=', 'id:\\', 'nothing:x'),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const query = fc.array(term, { maxLength: 30 }).map((terms) => terms.join(' '));
const subscription = fc.oneof({ weight: 8, arbitrary: fc.nat(40) }, fc.integer(), fc.double(), fc.maxSafeNat());
const view = fc.record(
  {
    kind: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...LIVE_VIEWS) }, fc.string()),
    q: query,
    sort: fc.oneof(fc.constantFrom('age', '-age', 'title', 'cost', '-', 'no'), fc.string()),
    limit: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 200 }) }, fc.integer()),
    task: fc.oneof(fc.uuid({ version: 7 }), fc.string()),
  },
  { requiredKeys: ['kind'] },
);

/** A frame of a live page: one that is right but for what it looks at, or any of the above. */
export const pageFrameText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record(
        { type: fc.constant('subscribe'), id: subscription, view, from: fc.oneof(fc.nat(500), fc.maxSafeNat()) },
        { requiredKeys: ['type', 'id', 'view'] },
      )
      .map((frame) => JSON.stringify(frame)),
  },
  fc.record({ type: fc.constant('unsubscribe'), id: subscription }).map((frame) => JSON.stringify(frame)),
  mutated(Object.values(validPageFrames)),
  piece,
);

const payload = fc.oneof(
  frameText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom([0xff, 0xfe], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf0, 0x9f], [0x03, 0xe8], [0x03])
    .map((bytes) => Buffer.from(bytes)),
);

const webSocketFrame = fc
  .record({
    isFinal: fc.boolean(),
    reserved: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(7)),
    opcode: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) }, fc.nat(15)),
    isMasked: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
    width: fc.constantFrom('least', 'two', 'eight'),
    /** Added to the length that is announced. */
    lie: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(1, 5, 70_000, 2 ** 31, 2 ** 52)),
    payload,
  })
  .map(({ isFinal, reserved, opcode, isMasked, width, lie, payload: data }) => {
    const length = data.length + lie;
    const first = Buffer.from([(isFinal ? 0x80 : 0) | (reserved << 4) | opcode]);
    const mask = Buffer.from(isMasked ? [1, 2, 3, 4] : []);
    return Buffer.concat([first, lengthBytes(length, width, isMasked), mask, isMasked ? masked(data, mask) : data]);
  });

function lengthBytes(length: number, width: string, isMasked: boolean): Buffer {
  const bit = isMasked ? 0x80 : 0;
  if (width === 'least' && length < 126) return Buffer.from([bit | length]);
  if (width !== 'eight' && length < 65_536) return Buffer.from([bit | 126, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(9);
  bytes[0] = bit | 127;
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

function masked(data: Buffer, mask: Buffer): Buffer {
  return Buffer.from(data.map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
}

/** What goes over one agent socket once it is open: whole frames, fragments, the first half of one, or very many very small ones. */
export const webSocketBytes = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.array(webSocketFrame, { minLength: 1, maxLength: 8 }), fc.nat(40))
      .map(([frames, cut]) => Buffer.concat(frames).subarray(0, -cut || undefined)),
  },
  fc
    .tuple(webSocketFrame, fc.integer({ min: 50, max: 500 }))
    .map(([frame, count]) => Buffer.concat(Array<Buffer>(count).fill(frame.subarray(0, 20)))),
);

const pathPart = fc.oneof(
  fc.constantFrom(
    '%00',
    '%ff%fe',
    '..',
    '.',
    '%2e%2e%2f',
    '%F0%9F%92%A9',
    '%',
    '%zz',
    'x'.repeat(600),
    '__proto__',
    '-1',
    '',
  ),
  fc.uuid(),
  fc.webSegment(),
);

const target = fc
  .tuple(
    fc.constantFrom(...routes.map(({ url }) => url), '/ws/agent', '/nothing', '*', 'http://evil.example/livez'),
    pathPart,
    fc.webQueryParameters(),
  )
  .map(([url, part, query]) => `${url.replace(/:[a-z]+/g, part)}${query === '' ? '' : `?${query}`}`);

const header = fc.oneof(
  fc.constantFrom(
    'Content-Length: 5',
    'Content-Length: 0',
    'Content-Length: -1',
    'Content-Length: 5, 5',
    'Content-Length: 99999999999999999999',
  ),
  fc.constantFrom(
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: \tchunked',
    'Transfer-Encoding: xchunked',
  ),
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Type: application/json; charset=utf-7',
    'Content-Type:',
  ),
  fc.constantFrom(
    'Connection: close',
    'Connection: Upgrade',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Expect: x',
    'TE: trailers',
  ),
  fc.constantFrom(
    'Host: evil.example',
    'Origin: null',
    'If-Match: *',
    'Idempotency-Key: a',
    'Last-Event-ID: -1',
    'traceparent: 00-x',
  ),
  fc.tuple(fc.webSegment(), fc.string({ maxLength: 60 })).map(([name, value]) => `X${name}: ${value}`),
);

const requestBody = fc.oneof(
  fc.constant(''),
  jsonText,
  fc.constantFrom(
    '5\r\nhello\r\n0\r\n\r\n',
    'fffffffffff\r\n',
    '-1\r\n',
    '0\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'zz\r\n',
  ),
);

/** Some requests in one piece, each with this key or none. */
export function httpBytes(key: string): fc.Arbitrary<Buffer> {
  const one = fc
    .record({
      method: fc.constantFrom(
        'GET',
        'POST',
        'DELETE',
        'PATCH',
        'HEAD',
        'OPTIONS',
        'PUT',
        'TRACE',
        'CONNECT',
        'BREW',
        'get',
        '',
      ),
      target,
      version: fc.oneof(
        { weight: 8, arbitrary: fc.constant('HTTP/1.1') },
        fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/9', ''),
      ),
      headers: fc.array(header, { maxLength: 5 }),
      hasKey: fc.boolean(),
      body: requestBody,
    })
    .map(({ method, target: to, version, headers, hasKey, body }) => {
      const own = ['Host: localhost', ...(hasKey ? [`Authorization: Bearer ${key}`] : [])];
      return Buffer.from([`${method} ${to} ${version}`, ...own, ...headers, '', body].join('\r\n'), 'latin1');
    });
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((requests) => Buffer.concat(requests));
}
