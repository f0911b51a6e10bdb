import { ScratchFolder } from '../flow/file-log.test-support.js';
import { bankContract } from './tau-banking.contract.js';

bankContract('in a folder', { makeHome: ScratchFolder.make });
