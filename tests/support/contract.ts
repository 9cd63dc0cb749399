// Holds what a hub answers against the documents that it serves, with a validator that knows nothing of this repository.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface MediaType {
  readonly schema?: object;
}

interface Response {
  readonly content?: Readonly<Record<string, MediaType>>;
}

interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly responses: Readonly<Record<string, Response>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface AsyncApi {
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly name: string; readonly payload: object }>>;
  };
}

export interface Described {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly needsKey: boolean;
}

export class Contract {
  readonly #openApi: OpenApi;
  readonly #frames: ReadonlyMap<string, ValidateFunction>;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #operations = new Map<string, Operation>();
  readonly operations: readonly Described[];

  constructor(openApi: unknown, asyncApi: unknown) {
    addFormats.default(this.#ajv);
    this.#openApi = openApi as OpenApi;
    this.operations = Object.entries(this.#openApi.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        const { operationId: id, security } = operation;
        this.#operations.set(id, operation);
        return { id, method: method.toUpperCase(), path, needsKey: security.length > 0 };
      }),
    );
    const { messages } = (asyncApi as AsyncApi).components;
    this.#frames = new Map(
      Object.entries(messages).map(([name, { payload }]) => [name, this.#ajv.compile(payload)] as const),
    );
  }

  /** The types of the frames that a side is described to send. */
  typesOf(side: 'hub' | 'sidecar'): readonly string[] {
    return [...this.#frames.keys()]
      .filter((name) => name.startsWith(`${side}-`))
      .map((name) => name.slice(side.length + 1).replaceAll('-', '.'));
  }

  /** What is wrong with a frame by the document; none when it is as described. */
  frameFaults(side: 'hub' | 'sidecar', frame: { readonly type: string }): readonly string[] {
    const validate = this.#frames.get(`${side}-${frame.type.replaceAll('.', '-')}`);
    if (validate === undefined) return [`${frame.type} is not described`];
    validate(frame);
    return faultsOf(frame.type, validate);
  }

  /** What is wrong with an answer by the document; none when it is as described. */
  async answerFaults(id: string, response: globalThis.Response): Promise<readonly string[]> {
    const what = `${id} ${response.status}`;
    const text = await response.text();
    const headers = ['x-content-type-options', 'cache-control', 'content-security-policy'];
    const missing = headers.filter((name) => !response.headers.has(name)).map((name) => `${what}: no ${name}`);
    const responses = this.#operations.get(id)?.responses ?? {};
    const described = responses[response.status] ?? responses[`${Math.floor(response.status / 100)}XX`];
    if (described === undefined) return [`${what} is not described`];
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
    if (described.content === undefined) return text === '' ? missing : [`${what} has a body`];
    const media = described.content[type];
    if (media === undefined) return [`${what}: ${type} is not described`];
    if (media.schema === undefined || !type.endsWith('json')) return missing;
    const validate = this.#ajv.compile(this.#resolved(media.schema));
    validate(JSON.parse(text));
    return [...missing, ...faultsOf(what, validate)];
  }

  #resolved(schema: object): object {
    const name = '$ref' in schema ? String(schema.$ref).replace('#/components/schemas/', '') : undefined;
    return name === undefined ? schema : (this.#openApi.components.schemas[name] ?? {});
  }
}

function faultsOf(what: string, { errors }: ValidateFunction): readonly string[] {
  return (errors ?? []).map(({ instancePath, message }) => `${what}: ${instancePath} ${message}`);
}
