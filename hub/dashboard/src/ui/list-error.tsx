// Why a list cannot be shown. What is wrong with its query stands below the field already.

import type { ApiError } from '../api/problem.js';
import { ErrorNote } from './error-note.js';

export function ListError({ error }: { readonly error: ApiError | undefined }) {
  return error === undefined || error.fields.has('/view/q') ? null : <ErrorNote error={error} />;
}
