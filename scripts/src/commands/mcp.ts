// `agentcom mcp`: the MCP server that an agent's tool starts for itself; every call goes on to the sidecar beside it.

import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import type { Command } from 'commander';
import { type Cli, type Session, withExamples } from '../cli.js';
import { type AskedOf, Desk } from '../desk.js';
import { CommandError, EXIT, messageOf } from '../exit.js';
import { TOOLS, type Tool } from '../mcp-tools.js';

const INSTRUCTIONS =
  'You work on a task of AgentCom. Use `ask` for what only a person can decide, then end your turn. Use `submit_result` when the work ' +
  'is committed. Do not push: your branch is pushed for you.';

export function addMcpCommand(program: Command, cli: Cli): void {
  const command = program
    .command('mcp')
    .description('serve the tools of the running task by MCP on stdin and stdout, for the agent that works on it');
  withExamples(
    command,
    'claude --mcp-config \'{"mcpServers":{"agentcom":{"command":"agentcom","args":["mcp"]}}}\'',
  ).action(
    cli.act(async ({ world }: Session) => {
      const desk = Desk.of(world);
      const { serveStdio } = await import('@modelcontextprotocol/server/stdio');
      const over = new Promise<void>((resolve) => process.stdin.once('end', resolve).once('close', resolve));
      const server = await serverMaker(desk, world.version);
      serveStdio(server, {
        onerror: (error) => world.stderr.write(`agentcom mcp: ${error.message}\n`),
      });
      await over;
      // Whoever asked is gone, so no answer is waited for.
      world.exitNow(EXIT.done);
      return undefined;
    }),
  );
}

/** Loaded only here: it is much, and every other command begins faster without. */
async function serverMaker(desk: Desk, version: string): Promise<() => McpServer> {
  const { fromJsonSchema, McpServer } = await import('@modelcontextprotocol/server');
  return () => {
    const server = new McpServer(
      { name: 'agentcom', version },
      { instructions: INSTRUCTIONS, capabilities: { tools: {} } },
    );
    for (const tool of TOOLS) {
      server.registerTool(
        tool.name,
        {
          title: tool.title,
          description: tool.description,
          inputSchema: fromJsonSchema<AskedOf<typeof tool.name>>(tool.input),
          annotations: { readOnlyHint: tool.isReadOnly, destructiveHint: false, openWorldHint: false },
        },
        (asked) => called(desk, tool, asked),
      );
    }
    return server;
  };
}

async function called(desk: Desk, tool: Tool, asked: AskedOf<typeof tool.name>): Promise<CallToolResult> {
  try {
    return said(textOf(await desk.call(tool.name, asked)));
  } catch (error) {
    if (!(error instanceof CommandError)) return { ...said(messageOf(error)), isError: true };
    const findings = error.details.map(({ path, message }) => `${path} ${message}`);
    return {
      ...said([`${error.code}: ${error.message}`, ...findings, error.remedy ?? ''].join('\n').trim()),
      isError: true,
    };
  }
}

/** Words where the answer is what to do next; else the answer itself. */
function textOf(answer: object): string {
  if ('next' in answer && typeof answer.next === 'string') return answer.next;
  return Object.keys(answer).length === 0 ? 'Done.' : JSON.stringify(answer, null, 1);
}

function said(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}
