// For test files that only compute: they take what the others leave of the processors.
import { constants, getPriority, setPriority } from 'node:os';

setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
