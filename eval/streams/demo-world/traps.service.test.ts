import { memoryHome } from '../../flow/home.test-support.js';
import { tourContract } from './tour.contract.js';
import { trapContract } from './traps.contract.js';

trapContract('in memory', memoryHome);
tourContract('in memory', memoryHome);
