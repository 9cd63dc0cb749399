import { everyPromiseHolds } from './many-seeds.js';

everyPromiseHolds(1, 1_250);
