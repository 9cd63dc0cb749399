import { everyPromiseHolds } from './many-seeds.js';

everyPromiseHolds(1, 200);
