#!/usr/bin/env node
// The `agentcom` command of a checkout: a file that is there before the build, so that npm can link it.
await import(new URL('./dist/main.js', import.meta.url).href);
