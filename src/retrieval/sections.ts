/**
 * Sections of a Markdown text: what stands under one heading, whatever its level. Headings are those of CommonMark 0.31 that begin with
 * `#` (§ 4.2); underlined ones (§ 4.3) are text here, because a row of dashes divides as often as it underlines.
 */
export interface Section {
  /** Its heading line; those before it too, when nothing but headings is between. Empty for what comes before the first heading. */
  readonly heading: string;
  readonly body: string;
}

const headingLine = /^ {0,3}#{1,6}[ \t]+\S/;
const fenceLine = /^ {0,3}(`{3,}|~{3,})/;

/** In the order of the text; one without any heading is one section. Joined they are the text again. */
export function sectionsOf(text: string): readonly Section[] {
  const sections: { heading: string; body: string }[] = [];
  let section = { heading: '', body: '' };
  let fence = '';
  for (const line of text.replaceAll('\r\n', '\n').split(/(?<=\n)/)) {
    const fenced = fence;
    fence = fenceAfter(line, fence);
    if (fenced !== '' || fence !== '' || !headingLine.test(line)) {
      section.body += line;
    } else if (isBlank(section.body)) {
      section.heading += section.body + line;
      section.body = '';
    } else {
      sections.push(section);
      section = { heading: line, body: '' };
    }
  }
  return [...sections, section];
}

/** What opened the code block that the next line is in; empty for none. What looks like a heading in one is a comment of some script. */
function fenceAfter(line: string, open: string): string {
  const mark = fenceLine.exec(line)?.[1];
  if (mark === undefined) return open;
  if (open === '') return mark;
  return mark.startsWith(open) ? '' : open;
}

function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}
