// What the keyboard does.

import { type Page, titleOf } from '../pages.js';
import { texts } from '../texts/common.js';
import { Dialog } from '../ui/dialog.js';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const MOD = isMac ? '⌘' : 'Ctrl';

export function KeysHelp({ pages, onClose }: { readonly pages: readonly Page[]; readonly onClose: () => void }) {
  const { help } = texts;
  return (
    <Dialog title={help.title} onClose={onClose} large>
      <div class="keys-help">
        <Keys
          title={help.everywhere}
          keys={[
            [[MOD, 'K'], help.commands],
            [['/'], help.search],
            [['?'], help.this],
            [['Esc'], help.leave],
          ]}
        />
        <Keys
          title={help.go}
          keys={pages.flatMap((page) => (page.key === undefined ? [] : [[['g', page.key], titleOf(page)] as const]))}
        />
        <Keys
          title={help.rows}
          keys={[
            [['j'], help.next],
            [['k'], help.previous],
            [['x'], help.select],
            [['Space'], help.peek],
            [['Enter'], help.open],
          ]}
        />
      </div>
    </Dialog>
  );
}

interface KeysProps {
  readonly title: string;
  readonly keys: readonly (readonly [readonly string[], string])[];
}

function Keys({ title, keys }: KeysProps) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {keys.map(([names, what]) => (
          <>
            <dt>
              {names.map((name) => (
                <>
                  <kbd>{name}</kbd>{' '}
                </>
              ))}
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
