import { expect, it } from 'vitest';
import { checkStore } from './store-checks.js';
import { temporaryDir, testWorld } from './testing.js';

it('says on how many NATS servers the streams will be kept, where that is set', async () => {
  const dir = await temporaryDir();
  const replicas = async (env: Readonly<Record<string, string>>) => {
    const checks = await checkStore(testWorld({ home: dir.path, env }));
    return checks.find(({ name }) => name === 'replicas');
  };
  try {
    expect(await replicas({})).toBeUndefined();
    expect(await replicas({ AGENTCOM_NATS_REPLICAS: '3' })).toMatchObject({
      state: 'fail',
      detail: "natsReplicas is 3, but the hub's own nats-server is one",
    });
    const cluster = { AGENTCOM_NATS: 'nats://a:4222,nats://b:4222', AGENTCOM_NATS_REPLICAS: '3' };
    expect(await replicas(cluster)).toMatchObject({ state: 'pass', detail: 'streams are kept on 3 NATS servers' });
  } finally {
    await dir.remove();
  }
});
