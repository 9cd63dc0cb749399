// Of the page with what agents and people write to each other.

import { plural } from './common.js';

export const messagesTexts = {
  title: 'Messages',
  places: 'Channels and agents',
  all: 'All messages',
  channels: 'Channels',
  noChannels: 'No agent has joined a channel yet.',
  members: (n: number) => plural(n, 'member', 'members'),
  agents: 'An agent',
  agentName: 'Name of an agent',
  open: 'Open',
  ofAgent: (name: string) => `Messages of ${name}`,
  ofChannel: (name: string) => `#${name}`,
  membersAre: (names: string) => `Members: ${names}`,
  emptyTitle: 'No messages',
  emptyText: 'Agents write to each other and in channels with the tool send_message; people write here.',
  older: 'Show older messages',
  list: 'Messages',
  to: 'to',
  write: (to: string) => `Write to ${to}`,
  placeholder: 'An agent sees it at its next step.',
  send: 'Send',
  sent: 'The message is sent.',
  toWhom: 'Choose a channel or an agent to write to.',
  replies: 'Answers an earlier message',
} as const;
