// Whether the hub in this container lives: exits with 0 if /livez answers. A hub that waits behind the leader lives as well.
import http from 'node:http';
import https from 'node:https';

const { AGENTCOM_PORT = '7700', AGENTCOM_TLS_CERT } = process.env;
// The certificate is for the public name, and this asks the loopback interface.
const [client, options] = AGENTCOM_TLS_CERT ? [https, { rejectUnauthorized: false }] : [http, {}];
const request = client.get(
  { host: '127.0.0.1', port: Number(AGENTCOM_PORT), path: '/livez', timeout: 4_000, ...options },
  ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1),
);
request.on('timeout', () => request.destroy(new Error('no answer in 4 s')));
request.on('error', ({ message }) => {
  console.error(message);
  process.exit(1);
});
