/**
 * The words for true and false, in lower case: those of programs and databases, those that spreadsheets write in other languages
 * (WAHR, VRAI, VERDADERO), and people's yes and no.
 *
 * Left out on purpose: `x` and ticks, because in such a column the blank cells mean "no", and a blank cell says nothing here;
 * `-1` and other numbers; single letters that mean different things (`o`: French yes, or a zero; `v`, `w`). No word of the list
 * means the opposite in another language of it: `no`, `nie` and `ne` are "no" wherever they are written for it.
 */
const TRUE =
  'true yes y t 1 1.0 1,0 1.00 1,00 on active enabled published visible ' +
  'wahr ja j aktiv vrai oui actif verdadero sí si s activo vero sì attivo verdadeiro sim ativo waar actief ' +
  'prawda tak aktywny истина да так pravda ano áno da igaz igen doğru evet sant sand tosi kyllä';
const FALSE =
  'false no n f 0 0.0 0,0 0.00 0,00 off inactive disabled unpublished hidden draft archived ' +
  'falsch nein inaktiv faux non inactif falso inactivo inattivo não nao inativo onwaar nee inactief ' +
  'fałsz nie nieaktywny ложь нет ні nepravda ne hamis nem yanlış hayır hayir falskt falsk nej nei epätosi ei';

const BOOLEANS = new Map<string, 'true' | 'false'>([
  ...TRUE.split(' ').map((word) => [word, 'true'] as const),
  ...FALSE.split(' ').map((word) => [word, 'false'] as const),
]);

/** Whether a text says yes or no, whatever its case; undefined when it says neither for sure. */
export function readBoolean(text: string): 'true' | 'false' | undefined {
  return BOOLEANS.get(text) ?? BOOLEANS.get(text.toLowerCase());
}
