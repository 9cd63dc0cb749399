// What the agent was told.

import type { LiveTaskTexts } from '@agentcom/schemas';
import { SkeletonRows } from '../../ui/empty.js';

export function PromptTab({ written }: { readonly written: LiveTaskTexts | undefined }) {
  return written === undefined ? <SkeletonRows rows={3} /> : <div class="as-written prose">{written.prompt}</div>;
}
