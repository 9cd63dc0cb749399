import { everyPromiseHolds } from './many-seeds.js';

everyPromiseHolds(201, 400);
