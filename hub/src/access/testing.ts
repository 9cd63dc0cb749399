// A real OpenID Connect provider for tests, at which whoever sits there signs in without being asked for anything.

import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

const SECONDS = 60;

export class TestProvider {
  readonly clientId = 'hub';
  readonly clientSecret = 'the secret of the hub';
  /** Who sits at the provider; `nobody` refuses. */
  subject = '';

  /** @param accounts  claims by subject */
  private constructor(
    readonly server: Server,
    private readonly accounts: Readonly<Record<string, object>>,
  ) {}

  static async start(accounts: Readonly<Record<string, object>>): Promise<TestProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return new TestProvider(server, accounts);
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Serves the hub that has its browsers sent back to `callback`. Once. */
  serve(callback: string): void {
    const { clientId, clientSecret, accounts, issuer } = this;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const provider = new Provider(issuer, {
      clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [callback] }],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] as never },
      cookies: { keys: ['a key of a test'] },
      features: { devInteractions: { enabled: false } },
      claims: { email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, ...accounts[sub] }) }),
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      loadExistingGrant: async (context) => {
        const grant = new context.oidc.provider.Grant({ clientId, accountId: this.subject });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
      ttl: {
        AccessToken: SECONDS,
        AuthorizationCode: SECONDS,
        Grant: SECONDS,
        IdToken: SECONDS,
        Interaction: SECONDS,
        Session: SECONDS,
      },
    });
    const answer = provider.callback();
    this.server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return void answer(request, response);
      const { subject } = this;
      const said = subject === 'nobody' ? { error: 'access_denied' } : { login: { accountId: subject } };
      void provider.interactionFinished(request, response, said);
    });
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => void this.server.close(() => resolve()));
  }
}
