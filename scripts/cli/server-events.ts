// Server-sent events out of a response's body, as the hub sends them: each a block of lines with a name, an id and JSON.

export interface ServerEvent {
  readonly event: string;
  /** The newest id so far; '' before the first. */
  readonly id: string;
  readonly data: unknown;
}

/** One block is at most this long; the hub's are far shorter. */
const BLOCK_CHARS = 1024 * 1024;

/** Ends where the body ends; what is cut off within a block is left out. Throws what reading the body throws. */
export async function* serverEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let id = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    let end = text.indexOf('\n\n');
    for (; end >= 0; end = text.indexOf('\n\n')) {
      const fields = fieldsOf(text.slice(0, end));
      text = text.slice(end + 2);
      id = fields.get('id') ?? id;
      const data = fields.get('data');
      if (data !== undefined) yield { event: fields.get('event') ?? 'message', id, data: JSON.parse(data) };
    }
    if (text.length > BLOCK_CHARS) throw new Error('what the hub sends is no stream of events');
  }
}

/** Comments, which are lines that begin with a colon, come out under the empty name. */
function fieldsOf(block: string): Map<string, string> {
  return new Map(
    block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      if (colon < 0) return [line, ''];
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
    }),
  );
}
