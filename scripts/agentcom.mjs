#!/usr/bin/env node
// The `agentcom` command of a checkout: a file that is there before the build, so that npm can link it.
await import('./dist/main.js');
