/** The worlds the demo can tour: the evaluation has made them. */
import { dataFolder, dataFolderMissing } from '../../eval/data.js';
import {
  tourPolicyChange as demoPolicyChange,
  demoQuestions,
  demoWorld,
  tenants,
  traps,
} from '../../eval/streams/demo-world/index.js';
import {
  tauBankingStream,
  tourPolicyChange as tauPolicyChange,
  tauQuestions,
  tauTenant,
} from '../../eval/streams/tau-banking.js';
import type { World } from '../cli/composition.js';
import { TidemarkError } from '../errors.js';

export { dataFolder };

const worlds: Readonly<Record<string, () => World>> = {
  demo: () => ({
    name: 'demo',
    title: 'two fictional companies, thirty days, and ten traps',
    tenants,
    stream: demoWorld,
    groupOf: (entry) => ('raw' in entry ? 'raw' : entry.topicKind),
    questions: demoQuestions,
    policyChange: (nowMs) => {
      const event = demoPolicyChange(nowMs);
      return { tenant: event.tenant, event, what: 'A third version of the label refund policy takes effect now.' };
    },
    repair: traps.find(({ repair }) => repair !== undefined)?.repair ?? null,
  }),
  'tau-banking': () => {
    const folder = dataFolder();
    if (folder === undefined) throw materialMissing();
    const [first, second] = tauQuestions(folder).map((question) => ({ tenant: tauTenant, ...question }));
    if (first === undefined || second === undefined) throw new Error('the tour asks two questions');
    return {
      name: 'tau-banking',
      title: 'a bank of tau2-bench: 698 policies, and every table',
      tenants: [tauTenant],
      stream: () => tauBankingStream(folder),
      groupOf: (entry) => ('event' in entry ? (String(entry.event.id).split('/', 1)[0] ?? '') : 'raw'),
      questions: [first, second],
      policyChange: (nowMs) => {
        const event = tauPolicyChange(folder, nowMs);
        return {
          tenant: tauTenant,
          event,
          what: 'A second version of the document that the first answer rests on takes effect now.',
        };
      },
      repair: null,
    };
  },
};

function materialMissing(): TidemarkError {
  return new TidemarkError({
    code: 'config_invalid',
    message: `the world tau-banking needs material that is not part of the repository; ${dataFolderMissing}`,
    advice: 'Set TIDEMARK_DATA to the folder that holds tau_banking, or take the tour of the world demo.',
    retriable: false,
  });
}

export const worldNames: readonly string[] = Object.keys(worlds);

export function worldOf(name: string): World {
  const make = worlds[name];
  if (make === undefined) throw new Error(`no world is named ${name}`);
  return make();
}
