import { everyPromiseHolds } from './many-seeds.js';

everyPromiseHolds(251, 500);
