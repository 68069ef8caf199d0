import { SaxesParser } from 'saxes';

/** What a part of a workbook says, in the order in which it says it. Names are without their prefix. */
export interface XmlHandlers {
  onOpen: (name: string, attributes: Readonly<Record<string, string>>) => void;
  onText?: (text: string) => void;
  onClose?: (name: string) => void;
}

/** A part of a workbook is not what it should be. */
export class MalformedPart extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedPart';
  }
}

/** Between two tags; the parser keeps that much of a text. A cell may have 32,767 characters. */
const MAX_BETWEEN_TAGS = 2 * 1024 * 1024;
/** Of elements in elements; a workbook needs a dozen. */
const MAX_DEPTH = 100;

/**
 * Reads XML piece by piece, in bounded memory. No entities but the five of XML itself: a document type, which could declare
 * more, is refused.
 */
export class XmlReader {
  readonly #parser = new SaxesParser({ xmlns: false, position: false });
  #sinceTag = 0;
  #depth = 0;

  constructor({ onOpen, onText, onClose }: XmlHandlers) {
    this.#parser.on('error', (error) => {
      throw new MalformedPart(error.message);
    });
    this.#parser.on('doctype', () => {
      throw new MalformedPart('it has a document type');
    });
    this.#parser.on('opentag', ({ name, attributes }) => {
      this.#sinceTag = 0;
      this.#depth += 1;
      if (this.#depth > MAX_DEPTH) throw new MalformedPart('its elements are nested too deeply');
      onOpen(withoutPrefix(name), attributes);
    });
    this.#parser.on('closetag', ({ name }) => {
      this.#sinceTag = 0;
      this.#depth -= 1;
      onClose?.(withoutPrefix(name));
    });
    if (onText !== undefined) {
      this.#parser.on('text', onText);
      this.#parser.on('cdata', onText);
    }
  }

  /** @throws {MalformedPart} */
  write(piece: string): void {
    this.#parser.write(piece);
    this.#sinceTag += piece.length;
    if (this.#sinceTag > MAX_BETWEEN_TAGS) throw new MalformedPart('it has a text without end');
  }

  /** @throws {MalformedPart} when the document is not complete */
  close(): void {
    this.#parser.close();
  }
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** Undoes the writing of characters that XML has no place for: `_x000D_` is a carriage return. Source: ECMA-376, 22.4.2.4. */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
