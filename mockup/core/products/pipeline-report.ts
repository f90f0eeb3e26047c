// Reading the Pipeline report (PipelineAquaReport in XML) for the scores that a reviewer looks at.
// Reports come from other sites and from the Python mockup, so the reading is tolerant: elements may
// be missing, a topic's score and reason may be attributes or elements, unknown ones are passed over.

interface TopicReading {
  topic: string;
  /** From 0 (unusable) to 1 (perfect); undefined where the report does not say. */
  score: number | undefined;
  reason: string;
}

export interface PipelineReportReading {
  progId: string | undefined;
  ousUid: string | undefined;
  recipe: string | undefined;
  /** As the report says it, `1:02:05`. */
  processingTime: string | undefined;
  finalScore: number | undefined;
  topics: TopicReading[];
}

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: Element[];
}

const LENGTH_MAX = 1_000_000;
const DEPTH_MAX = 100;
const TAG = /^(\/?)([^\s<>/="]+)(.*)$/s;
// The look-behind keeps the search linear: a name is tried from its beginning only.
const ATTRIBUTE = /(?<=[\s"'])([^\s="'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

/** Never throws: what is no report reads as one that says nothing. */
export function parsePipelineReport(xml: string): PipelineReportReading {
  const root = parseElements(xml.slice(0, LENGTH_MAX));
  const text = (name: string) => find(root, name)?.text || undefined;
  return {
    progId: text('ProposalCode'),
    ousUid: text('OusEntityId') ?? text('OusStatusEntityId'),
    recipe: text('Recipe'),
    processingTime: text('ProcessingTime'),
    finalScore: scoreOf(text('FinalScore')),
    topics: (find(root, 'QaPerTopic')?.children ?? []).map(readTopic),
  };
}

function readTopic(element: Element): TopicReading {
  const value = (name: string) => element.attributes[name] ?? find(element, name)?.text;
  return {
    topic: element.name,
    score: scoreOf(value('Score')),
    reason: value('Reason') ?? '',
  };
}

function scoreOf(text: string | undefined): number | undefined {
  const score = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(score) ? score : undefined;
}

function parseElements(xml: string): Element {
  const root = newElement('');
  const open = [root];
  for (const { text, tag } of pieces(xml)) {
    const parent = open.at(-1) ?? root;
    if (text !== undefined) parent.text += text;
    const [, slash, name, rest = ''] = TAG.exec(tag ?? '') ?? [];
    if (name === undefined) continue;
    if (slash) {
      close(open, name);
      continue;
    }
    const element = newElement(name, rest);
    parent.children.push(element);
    if (!rest.endsWith('/') && open.length < DEPTH_MAX) open.push(element);
  }
  return root;
}

/** Texts and tags (what is between `<` and `>`) in order; the first that has no end is the last. */
function* pieces(xml: string): Generator<{ text?: string; tag?: string }> {
  for (let at = 0; at < xml.length; ) {
    const start = xml.indexOf('<', at);
    const text = decode(xml.slice(at, start < 0 ? xml.length : start)).trim();
    if (text) yield { text };
    if (start < 0) return;
    const [opening, closing] = bracketsAt(xml, start);
    const end = xml.indexOf(closing, start + opening.length);
    if (end < 0) return;
    const inside = xml.slice(start + opening.length, end);
    if (opening === '<![CDATA[') yield { text: inside };
    else if (opening === '<') yield { tag: inside };
    at = end + closing.length;
  }
}

function bracketsAt(xml: string, start: number): [string, string] {
  if (xml.startsWith('<!--', start)) return ['<!--', '-->'];
  if (xml.startsWith('<![CDATA[', start)) return ['<![CDATA[', ']]>'];
  if (xml.startsWith('<?', start)) return ['<?', '?>'];
  if (xml.startsWith('<!', start)) return ['<!', '>'];
  return ['<', '>'];
}

// An end without a beginning is passed over; elements left open end with the one around them.
function close(open: Element[], name: string): void {
  const index = open.findLastIndex((element) => element.name === name);
  if (index > 0) open.length = index;
}

function newElement(name: string, attributes = ''): Element {
  const pairs = [...attributes.matchAll(ATTRIBUTE)].map(
    ([, key, double, single]) => [String(key), decode(double ?? single ?? '')] as const,
  );
  return { name, attributes: Object.fromEntries(pairs), text: '', children: [] };
}

function find(element: Element, name: string): Element | undefined {
  for (const child of element.children) {
    const found = child.name === name ? child : find(child, name);
    if (found) return found;
  }
  return undefined;
}

function decode(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w{2,4}));/g, (whole, ...groups) => {
    const [decimal, hex, name] = groups as (string | undefined)[];
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
