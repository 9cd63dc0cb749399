// The real client of MCP, the real command in a process of its own, and a real agent API.

import type { AgentApi } from '@agentcom/sidecar/agent-api/agent-api';
import { AgentApiBench } from '@agentcom/sidecar/agent-api/fixture';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLI } from '../support/cli.js';

let place: AgentApiBench;
let agentApi: AgentApi;
let client: Client;
let transport: StdioClientTransport;

beforeEach(async () => {
  place = await AgentApiBench.make();
  agentApi = await place.open();
  transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'mcp'],
    env: { PATH: process.env.PATH ?? '', AGENTCOM_SOCKET: place.path },
  });
  client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
});

afterEach(async () => {
  await client.close();
  await agentApi.stop();
  await place.remove();
});

async function call(name: string, given: Record<string, unknown> = {}): Promise<{ text: string; isError: boolean }> {
  const { content, isError } = await client.callTool({ name, arguments: given });
  const [first] = content as { text: string }[];
  return { text: first?.text ?? '', isError: isError === true };
}

describe('agentcom mcp', () => {
  it('has the seven tools, each described, in JSON Schema that every model provider takes', async () => {
    const { tools } = await client.listTools();
    const names = [
      'get_task',
      'report_progress',
      'ask',
      'submit_result',
      'send_message',
      'read_messages',
      'list_agents',
    ];
    expect(tools.map(({ name }) => name)).toEqual(names);
    for (const { description, inputSchema } of tools) {
      expect(description?.length).toBeGreaterThan(40);
      expect(inputSchema.type).toBe('object');
      for (const field of Object.values(inputSchema.properties ?? {})) expect(field).toHaveProperty('description');
      expect(JSON.stringify(inputSchema)).not.toMatch(/mustBe|maxBytes|maxJsonBytes/);
    }
    expect(tools.find(({ name }) => name === 'ask')?.inputSchema.required).toEqual(['question']);
  });

  it('passes a question on, and tells the agent to end its turn', async () => {
    const asked = await call('ask', { question: 'Which?', choices: ['this', 'that'] });
    expect(asked).toEqual({ text: expect.stringContaining('End your turn now'), isError: false });
    expect(place.told).toEqual([
      { what: 'ask', with: { questionId: expect.any(String), question: 'Which?', choices: ['this', 'that'] } },
    ]);
  });

  it('shows the task, takes progress and the result', async () => {
    expect(JSON.parse((await call('get_task')).text)).toMatchObject({ title: 'Mend the roof', prompt: 'Please.' });
    expect(await call('report_progress', { note: 'half', fraction: 0.5 })).toEqual({ text: 'Done.', isError: false });
    await call('submit_result', { summary: 'It is dry.', data: { holes: 0 } });
    expect(place.told).toEqual([
      { what: 'progress', with: { note: 'half', fraction: 0.5 } },
      { what: 'submit', with: { summary: 'It is dry.', data: { holes: 0 } } },
    ]);
  });

  it('says what is wrong and what to do, as an error of the tool', async () => {
    place.hub = { error: { code: 'agent.not_found', message: 'agent heron not found', retryable: false }, ok: {} };
    const sent = await call('send_message', { to: 'agent:heron', body: 'hello' });
    expect(sent.isError).toBe(true);
    expect(sent.text).toContain('agent.not_found: agent heron not found');
    expect(sent.text).toContain('Check the name');
  });

  it('says of arguments that do not fit what is wrong with each', async () => {
    const asked = await call('ask', { choices: ['this', 'that'], colour: 'red' });
    expect(asked.isError).toBe(true);
    expect(asked.text).toMatch(/^request\.invalid: /);
    expect(asked.text).toContain('/question is required');
    expect(asked.text).toContain('/colour');
    expect(place.told).toEqual([]);
  });

  it('waits for a sidecar that is being started anew, and asks once', async () => {
    await agentApi.stop();
    const asked = call('ask', { question: 'Which?' });
    agentApi = await place.open();
    expect((await asked).isError).toBe(false);
    expect(place.told).toHaveLength(1);
  });
});
