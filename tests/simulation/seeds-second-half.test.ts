import { everyPromiseHolds } from './many-seeds.js';

everyPromiseHolds(1_251, 2_500);
