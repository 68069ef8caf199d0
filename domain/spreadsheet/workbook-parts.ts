import { type NumberFormat, numberFormatOf } from './number-format.ts';
import { MalformedPart, XmlReader } from './xml-reader.ts';

/** Where a part of a workbook is, from the part that names it. */
export interface Relationship {
  id: string;
  /** The last word of its type: `worksheet`, `sharedStrings`, `styles`, `officeDocument`. */
  type: string;
  /** The name of the part in the archive. */
  target: string;
}

/** A table of a workbook. */
export interface SheetEntry {
  name: string;
  relationshipId: string;
  isVisible: boolean;
}

export interface WorkbookEntry {
  sheets: SheetEntry[];
  /** Whether its dates count from 1904. */
  date1904: boolean;
}

/** Far more than people keep in one file. */
const MAX_SHEETS = 1_000;

/** @param folder of the part that the relationships belong to: `xl`, or empty */
export function readRelationships(xml: string, folder: string): Relationship[] {
  const found: Relationship[] = [];
  readWhole(xml, (name, { Id: id = '', Type: type = '', Target: target = '', TargetMode: mode }) => {
    // What is outside the file is never looked at.
    if (name !== 'Relationship' || mode === 'External') return;
    found.push({ id, type: type.split('/').at(-1) ?? '', target: resolvePart(folder, target) });
  });
  return found;
}

export function readWorkbook(xml: string): WorkbookEntry {
  const sheets: SheetEntry[] = [];
  let date1904 = false;
  readWhole(xml, (name, attributes) => {
    if (name === 'workbookPr') date1904 = isTrue(attributes.date1904);
    if (name !== 'sheet') return;
    const relationshipId = Object.entries(attributes).find(([key]) => /^\w+:id$/.test(key))?.[1] ?? '';
    sheets.push({
      name: attributes.name ?? '',
      relationshipId,
      isVisible: attributes.state === undefined || attributes.state === 'visible',
    });
    if (sheets.length > MAX_SHEETS) throw new MalformedPart('it has too many sheets');
  });
  return { sheets, date1904 };
}

/** The number format of each cell style, by the number by which cells name it. */
export function readCellFormats(xml: string): NumberFormat[] {
  const codes = new Map<number, string>();
  const styles: number[] = [];
  let isInCellStyles = false;
  const reader = new XmlReader({
    onOpen: (name, attributes) => {
      if (name === 'numFmt') codes.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
      else if (name === 'cellXfs') isInCellStyles = true;
      else if (name === 'xf' && isInCellStyles) styles.push(Number(attributes.numFmtId ?? 0));
    },
    onClose: (name) => {
      if (name === 'cellXfs') isInCellStyles = false;
    },
  });
  reader.write(xml);
  reader.close();
  const formats = new Map([...new Set(styles)].map((id) => [id, numberFormatOf(id, codes.get(id))]));
  return styles.map((id) => formats.get(id) ?? { type: 'plain' });
}

export function isTrue(value: string | undefined): boolean {
  return value === '1' || value === 'true';
}

function readWhole(
  xml: string,
  onOpen: (name: string, attributes: Readonly<Record<string, string>>) => void,
): void {
  const reader = new XmlReader({ onOpen });
  reader.write(xml);
  reader.close();
}

/** `worksheets/sheet1.xml` in `xl` is `xl/worksheets/sheet1.xml`; names from the root begin with a slash. */
function resolvePart(folder: string, target: string): string {
  const path = target.startsWith('/') ? target.slice(1) : `${folder}/${target}`;
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}
