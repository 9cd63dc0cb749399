// What spans and their attributes are called, by the semantic conventions of OpenTelemetry where they have a name for it. All of them are here.

/** Of spans; what a feed or a phase already has a name for, such as `task.completed` or `pushing`, goes by that. */
export const SPAN = {
  append: 'append',
  copyBackup: 'copy backup',
  attempt: 'attempt',
  turn: 'invoke_agent',
} as const;

export const ATTRIBUTE = {
  requestMethod: 'http.request.method',
  route: 'http.route',
  responseStatus: 'http.response.status_code',
  serverAddress: 'server.address',
  errorType: 'error.type',

  messagingSystem: 'messaging.system',
  messagingOperation: 'messaging.operation.type',
  messagingOperationName: 'messaging.operation.name',
  messageId: 'messaging.message.id',

  genAiOperation: 'gen_ai.operation.name',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',

  org: 'agentcom.org',
  task: 'agentcom.task.id',
  generation: 'agentcom.task.generation',
  agent: 'agentcom.agent.id',
  runner: 'agentcom.runner',
  turn: 'agentcom.turn',
  costMicros: 'agentcom.cost_micros',
} as const;

export const MESSAGING_SYSTEM = 'agentcom';
