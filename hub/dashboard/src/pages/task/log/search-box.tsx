// Where somebody types what to look for in a log, with the number of matches and the way from one to the next.

import { formatCount } from '../../../format.js';
import { taskPageTexts } from '../../../texts/task.js';
import { Button } from '../../../ui/button.js';
import { SearchField } from '../../../ui/search-field.js';
import { nextMatch } from './line-place.js';
import type { Search } from './use-search.js';

const texts = taskPageTexts.log;

interface SearchBoxProps {
  readonly search: Search;
  /** The line that is marked. */
  readonly at: number | undefined;
  readonly onFind: (line: number) => void;
}

export function SearchBox({ search, at, onFind }: SearchBoxProps) {
  const { text, found, change } = search;
  const go = (step: 1 | -1): void => {
    const line = nextMatch(found, at, step);
    if (line !== undefined) onFind(line);
  };
  return (
    <SearchField
      label={texts.search}
      value={text}
      onText={change}
      onKeyDown={({ key, shiftKey }) => {
        if (key === 'Enter') go(shiftKey ? -1 : 1);
      }}
    >
      {text.trim() !== '' && (
        <>
          <span class="muted numbers nowrap" role="status">
            {standing(search, at)}
          </span>
          <Button kind="quiet" icon="up" label={texts.previous} onClick={() => go(-1)} />
          <Button kind="quiet" icon="chevron" label={texts.next} onClick={() => go(1)} />
        </>
      )}
    </SearchField>
  );
}

function standing({ found, isLooking, isFull, error }: Search, at: number | undefined): string {
  if (error !== undefined) return error;
  if (found.length === 0) return isLooking ? texts.looking : texts.nothing;
  const position = at === undefined ? 0 : found.indexOf(at) + 1;
  return texts.found(position, `${formatCount(found.length)}${isFull ? '+' : isLooking ? '…' : ''}`);
}
