// The whole log as a file.

import { fileOf } from '../../../api/client.js';
import { toApiError } from '../../../api/problem.js';
import { toastError } from '../../../ui/toast.js';

const KEPT_MS = 60_000;

export async function downloadLog(id: string, generation: number): Promise<void> {
  try {
    const input = { path: { id }, query: { generation } };
    const file = URL.createObjectURL(await fileOf('task.output', input, 'text/plain'));
    const link = document.createElement('a');
    link.href = file;
    link.download = `task-${id}-g${generation}.log`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(file), KEPT_MS);
  } catch (error) {
    toastError(toApiError(error));
  }
}
