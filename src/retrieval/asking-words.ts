/**
 * Words of asking itself. "Can you tell me how I get …" is in every question and in few policies, so by their rarity alone such words
 * weigh as much as what is asked about. They are no function words: "help" and "get" are in texts about help and getting, so they count,
 * but for less. Chosen by what they do in a sentence, and looked for in no set of questions.
 */
import { singular } from './english.js';

const byUse = {
  asking:
    'ask asking asked tell telling told know knowing known need needed want wanted wish wonder wondering please help helping ' +
    'thank thanks hello hi hey welcome sorry question answer explain',
  acting:
    'get getting got gotten go going goes gone went come coming came give giving given gave take taking taken took put make making ' +
    'made let keep keeping kept use using used try trying tried doing done happen happening happened seem seeming seemed become ' +
    'becoming became',
  perceiving:
    'see seeing seen saw look looking looked find finding found show showing shown say saying said think thinking thought mean ' +
    'meaning meant understand like liked believe consider hear heard',
  vague:
    'thing something anything everything nothing someone anyone everyone somebody anybody everybody nobody way kind sort lot bit ' +
    'somewhere anywhere somehow anyway whatever whichever whoever whenever wherever case example instance',
  hedging:
    'really actually exactly basically probably perhaps maybe possibly apparently quite rather fairly almost hardly certainly ' +
    'definitely clearly obviously simply especially particularly generally usually normally mainly mostly surely sure ok okay well ' +
    'indeed even',
  timing:
    'now yet still already always never ever often sometimes soon later lately recently currently since afterwards meanwhile',
  counting: 'much many several another every either neither less least enough else one two except per',
  joining:
    'however therefore although though unless whether instead otherwise besides moreover furthermore hence thus whereas while within ' +
    'without upon among along across toward around behind beside beyond near via onto off away concerning regarding despite according',
  helping:
    'able unable cannot cant wont shall ought must might us ours myself yourself himself herself itself themselves ourselves yes',
};

const askingWords: ReadonlySet<string> = new Set(
  Object.values(byUse).flatMap((words) => words.split(' ').map(singular)),
);

/** `term`: as the tokenizer leaves it. */
export function isAskingWord(term: string): boolean {
  return askingWords.has(term);
}
