// `agentcom mcp`: the MCP server that an agent's tool starts for itself; every call goes on to the sidecar beside it.

import type { CallToolResult, jsonSchemaValidator, McpServer } from '@modelcontextprotocol/server';
import type { Command } from 'commander';
import { AgentApi, type AgentRequestFields } from '../agent-api.js';
import { CommandError, EXIT, messageOf } from '../exit.js';
import type { Cli, Invocation } from '../invocation.js';
import { TOOLS, type Tool } from '../mcp-tools.js';
import { withExamples } from '../options.js';

const INSTRUCTIONS =
  'You work on a task of AgentCom. Use `ask` for what only a person can decide, then end your turn. Use `submit_result` when the work ' +
  'is committed. Do not push: your branch is pushed for you.';

export function defineMcp(command: Command, cli: Cli): void {
  withExamples(
    command,
    'claude --mcp-config \'{"mcpServers":{"agentcom":{"command":"agentcom","args":["mcp"]}}}\'',
  ).action(
    cli.act(async ({ world }: Invocation) => {
      const agentApi = AgentApi.of(world);
      const { serveStdio } = await import('@modelcontextprotocol/server/stdio');
      const over = new Promise<void>((resolve) => process.stdin.once('end', resolve).once('close', resolve));
      const server = await serverFactory(agentApi, world.version);
      serveStdio(server, {
        onerror: (error) => world.stderr.write(`agentcom mcp: ${error.message}\n`),
      });
      await over;
      // The client is gone, so no answer is waited for.
      world.exitNow(EXIT.done);
      return undefined;
    }),
  );
}

/** Arguments are checked once, by the sidecar, whose findings are written for agents. */
const byTheSidecar: jsonSchemaValidator = {
  getValidator: (_schema) => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
};

/** Loaded only here: it is much, and every other command begins faster without. */
async function serverFactory(agentApi: AgentApi, version: string): Promise<() => McpServer> {
  const { fromJsonSchema, McpServer } = await import('@modelcontextprotocol/server');
  return () => {
    const server = new McpServer(
      { name: 'agentcom', version },
      { instructions: INSTRUCTIONS, capabilities: { tools: {} }, jsonSchemaValidator: byTheSidecar },
    );
    for (const tool of TOOLS) {
      server.registerTool(
        tool.name,
        {
          title: tool.title,
          description: tool.description,
          inputSchema: fromJsonSchema<AgentRequestFields<typeof tool.name>>(tool.input, byTheSidecar),
          annotations: { readOnlyHint: tool.isReadOnly, destructiveHint: false, openWorldHint: false },
        },
        (fields) => callTool(agentApi, tool, fields),
      );
    }
    return server;
  };
}

async function callTool(
  agentApi: AgentApi,
  tool: Tool,
  fields: AgentRequestFields<typeof tool.name>,
): Promise<CallToolResult> {
  try {
    return textResult(textOf(await agentApi.call(tool.name, fields)));
  } catch (error) {
    if (!(error instanceof CommandError)) return { ...textResult(messageOf(error)), isError: true };
    const findings = error.details.map(({ path, message }) => `${path} ${message}`);
    return {
      ...textResult([`${error.code}: ${error.message}`, ...findings, error.remedy ?? ''].join('\n').trim()),
      isError: true,
    };
  }
}

/** Words where the answer is what to do next; else the answer itself. */
function textOf(answer: object): string {
  if ('next' in answer && typeof answer.next === 'string') return answer.next;
  return Object.keys(answer).length === 0 ? 'Done.' : JSON.stringify(answer, null, 1);
}

function textResult(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}
