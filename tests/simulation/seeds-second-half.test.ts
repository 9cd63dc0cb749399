import { everyPromiseHolds } from './many-seeds.js';

everyPromiseHolds(626, 1_250);
