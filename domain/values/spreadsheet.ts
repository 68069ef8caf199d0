/**
 * What spreadsheets write in place of a value that they could not compute, in the languages in which they write it
 * ("No value", `#N/A`, is no error in English alone: it clears; in other languages nothing is cleared unasked).
 */
const ERRORS = new Set(
  (
    '#REF! #VALUE! #DIV/0! #NAME? #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! #ERROR! #GETTING_DATA ' +
    '#BEZUG! #WERT! #ZAHL! #NV #ÜBERLAUF! #VALEUR! #NOM? #NOMBRE! #NUL! #¡REF! #¡VALOR! #¡DIV/0! #¿NOMBRE? #¡NUM! #¡NULO! #N/D ' +
    '#RIF! #VALORE! #NOME? #NULLO! #VALOR! #NÚM! #NULO! #VERW! #WAARDE! #NAAM? #GETAL! #DEEL/0! #LEEG! #N/B #ADR! #ARG! #NAZWA? ' +
    '#LICZBA! #DZIEL/0! #ZERO! #REFERENS! #VÄRDEFEL! #NAMN? #OGILTIGT! #DIVISION/0! #SAKNAS! #REFERENCE! #VÆRDI! #NAVN? #I/T ' +
    '#ССЫЛКА! #ЗНАЧ! #ИМЯ? #ЧИСЛО! #ДЕЛ/0! #ПУСТО! #Н/Д'
  ).split(' '),
);

/** `Err:502` and the like, of LibreOffice. */
const NUMBERED_ERROR = /^Err:5\d\d$/;

/** What some tools write for a column that was too narrow to show the number. */
const TOO_NARROW = /^#{3,}$/;

/**
 * How spreadsheets and statistics programs show a number that has more digits than they keep: one digit, decimals that may be
 * missing, the exponent with its sign and two digits or more: `3.65E+11`, `4E+12`, `1e+05`. Article numbers such as `1E5` have
 * no sign there, and a negative exponent never stands for a long number.
 */
const ROUNDED = /^\d(?:[.,]\d+)?[eE]\+\d{2,3}$/;

/** `="00123"`: how a text that looks like a number is kept from being read as one. It is a formula whose value is the text. */
const TEXT_FORMULA = /^="([^"]*)"$/;

const NUMBER_SIGN = 0x23;
const EQUALS_SIGN = 0x3d;
const CAPITAL_E = 0x45;

/** What stands in a cell in place of its value, told for people; null when nothing of the kind. */
export function findSpreadsheetError(text: string): string | null {
  const first = text.charCodeAt(0);
  if (first === NUMBER_SIGN) {
    if (TOO_NARROW.test(text)) return 'was too narrow for its number when it was exported';
    return ERRORS.has(text) ? `has the error ${text} of a spreadsheet in place of a value` : null;
  }
  if (first === CAPITAL_E && NUMBERED_ERROR.test(text))
    return `has the error ${text} of a spreadsheet in place of a value`;
  return null;
}

/** Whether a text is a long number that a spreadsheet has shortened, so that its digits are lost. */
export function looksRounded(text: string): boolean {
  return ROUNDED.test(text);
}

/** The text of a formula that is nothing but a text; any other cell as it is. */
export function unwrapTextFormula(text: string): string {
  if (text.charCodeAt(0) !== EQUALS_SIGN) return text;
  return TEXT_FORMULA.exec(text)?.[1] ?? text;
}
