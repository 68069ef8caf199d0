/** Signs of currencies, alone or after the letters of a country: `€`, `US$`, `R$`. The cent is none, it is a hundredth. */
const SIGN = /^[A-Z]{0,3}(?![¢￠₥])\p{Sc}$/u;

/** ISO 4217, without metals, funds and test codes. */
const CODES = new Set(
  (
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP ' +
    'CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR ' +
    'IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR ' +
    'MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD ' +
    'SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG ' +
    'XOF XPF YER ZAR ZMW ZWG'
  ).split(' '),
);

/** What people write in place of a sign, in lower case and without the point that may follow. */
const NAMES = new Set([
  'kr',
  'fr',
  'sfr',
  'kč',
  'zł',
  'zl',
  'ft',
  'lei',
  'kn',
  'din',
  'tl',
  'rs',
  'rm',
  'rp',
  'r',
  'dh',
  'dhs',
  's/',
  'b/',
  'лв',
  'р',
  'руб',
  'грн',
  'дин',
  'ден',
  '円',
  '元',
  '圆',
  '圓',
  '원',
]);

/** Whether a text is the sign, the code or the common name of a currency: `$`, `US$`, `EUR`, `Fr.`, `zł`. */
export function isCurrency(text: string): boolean {
  return SIGN.test(text) || CODES.has(text.toUpperCase()) || NAMES.has(text.toLowerCase().replace(/\.$/, ''));
}

/** Whether a text is the code of a currency by ISO 4217, in any case. */
export function isCurrencyCode(text: string): boolean {
  return CODES.has(text.toUpperCase());
}

/** What the code behind a number may be when a sign in front of it says less: `$12.50 USD`. */
const CODES_OF_SIGNS: Readonly<Record<string, RegExp>> = {
  $: /^(?:[A-Z]{2}D|ARS|BRL|CLP|COP|DOP|MXN|UYU)$/,
  '€': /^EUR$/,
  '£': /^(?:GBP|EGP|FKP|GIP|LBP|SHP|SSP|SYP)$/,
  '¥': /^(?:JPY|CNY)$/,
};

/** Whether a sign and a code can mean the same currency. */
export function isOneCurrency(sign: string, code: string): boolean {
  return CODES_OF_SIGNS[sign.slice(-1)]?.test(code.toUpperCase()) ?? false;
}
