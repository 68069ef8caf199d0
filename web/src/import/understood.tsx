import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { KIND_WORDS } from '../jobs/words.ts';
import { formatPercent } from '../ui/format.ts';
import type { Choices, Preview } from './preview.ts';
import { CONTAINER_WORDS, DELIMITER_WORDS } from './words.ts';

/** Those that files come in; what was found out stands besides. */
const ENCODINGS = ['utf-8', 'windows-1252', 'iso-8859-15', 'windows-1250', 'windows-1251', 'utf-16le'];
/** Below this one should look. */
const SURE = 0.5;

interface UnderstoodProps {
  preview: Preview;
  choices: Choices;
  onChange: (choices: Partial<Omit<Choices, 'mode'>>) => void;
}

/** How the file is read, with what can be said otherwise, and what stands in the way. */
export function Understood({ preview, choices, onChange }: UnderstoodProps) {
  const { dialect } = choices;
  const setDialect = (part: Choices['dialect']) => {
    onChange({ dialect: { ...dialect, ...part } });
  };
  const { delimiter } = preview.dialect;
  const delimiters =
    delimiter in DELIMITER_WORDS ? DELIMITER_WORDS : { ...DELIMITER_WORDS, [delimiter]: delimiter };
  return (
    <Box sx={{ display: 'grid', gap: 1.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5 }}>
        <TextField
          select
          label="Kind"
          value={choices.kind === '' ? (preview.kind ?? '') : choices.kind}
          error={preview.kind === null && choices.kind === ''}
          helperText={
            choices.kind === '' && preview.kind !== null
              ? `guessed, ${formatPercent(preview.kindConfidence * 100)} sure`
              : ' '
          }
          onChange={(event) => {
            onChange({ kind: event.target.value as Choices['kind'], mapping: null });
          }}
          sx={{ minWidth: 150 }}
        >
          {Object.entries(KIND_WORDS).map(([kind, words]) => (
            <MenuItem key={kind} value={kind}>
              {words}
            </MenuItem>
          ))}
        </TextField>
        {preview.container === 'csv' && (
          <TextField
            select
            label="Cells are parted by"
            value={delimiter}
            helperText=" "
            onChange={(event) => {
              setDialect({ delimiter: event.target.value });
            }}
            sx={{ minWidth: 150 }}
          >
            {Object.entries(delimiters).map(([sign, words]) => (
              <MenuItem key={sign} value={sign}>
                {words}
              </MenuItem>
            ))}
          </TextField>
        )}
        {preview.container === 'csv' && (
          <TextField
            select
            label="Encoding"
            value={preview.encoding}
            helperText={dialect.encoding === undefined && preview.encodingConfidence < SURE ? 'a guess' : ' '}
            onChange={(event) => {
              setDialect({ encoding: event.target.value });
            }}
            sx={{ minWidth: 150 }}
          >
            {[...new Set([preview.encoding, ...ENCODINGS])].map((encoding) => (
              <MenuItem key={encoding} value={encoding}>
                {encoding}
              </MenuItem>
            ))}
          </TextField>
        )}
        {preview.sheets.length > 1 && (
          <TextField
            select
            label="Sheet"
            value={preview.sheet ?? ''}
            helperText=" "
            onChange={(event) => {
              setDialect({ sheet: event.target.value });
            }}
            sx={{ minWidth: 150 }}
          >
            {preview.sheets.map((sheet) => (
              <MenuItem key={sheet} value={sheet}>
                {sheet}
              </MenuItem>
            ))}
          </TextField>
        )}
        <TextField
          select
          label="Numbers"
          value={dialect.decimal ?? ''}
          helperText=" "
          onChange={(event) => {
            const rest = { ...dialect };
            delete rest.decimal;
            const sign = event.target.value;
            onChange({ dialect: sign === ',' || sign === '.' ? { ...rest, decimal: sign } : rest });
          }}
          sx={{ minWidth: 150 }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">Found out</MenuItem>
          <MenuItem value=".">1,234.50</MenuItem>
          <MenuItem value=",">1.234,50</MenuItem>
        </TextField>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 3 }}>
          <Fact name="Form">
            {CONTAINER_WORDS[preview.container]}
            {preview.compression === null ? '' : `, ${preview.compression}`}
          </Fact>
          <Fact name="Header">
            {preview.headerLine === null ? 'none' : `line ${String(preview.headerLine)}`}
          </Fact>
          <Fact name="Columns by">
            {MAPPING_WORDS[preview.mapping?.source ?? 'none'](preview.mapping?.name ?? '')}
          </Fact>
        </Box>
      </Box>
      {preview.suggestedMapping !== null && choices.mapping !== preview.suggestedMapping.name && (
        <Alert
          severity="info"
          action={
            <Button
              color="inherit"
              onClick={() => {
                onChange({ mapping: preview.suggestedMapping?.name ?? null });
              }}
            >
              Use it
            </Button>
          }
        >
          A file with this header came before. Its columns were saved as “{preview.suggestedMapping.name}”.
        </Alert>
      )}
      {preview.kind === null && choices.kind === '' && preview.problems.length === 0 && (
        <Alert severity="warning">It is not clear what the file holds: choose a kind.</Alert>
      )}
      {preview.problems.map(({ code, message }) => (
        <Alert severity="error" key={code + message}>
          {message}
        </Alert>
      ))}
      {preview.alternatives.length > 0 && (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
          <Typography variant="body2" color="textSecondary">
            It could also be read otherwise:
          </Typography>
          {preview.alternatives.map(({ dialect: other, headerLine }) => (
            <Button
              key={JSON.stringify([other, headerLine])}
              variant="outlined"
              onClick={() => {
                const { delimiter: sign, quote, escape, skipBlanks } = other;
                setDialect({ delimiter: sign, quote, escape, skipBlanks, headerLine });
              }}
            >
              {DELIMITER_WORDS[other.delimiter]?.split(' ')[0] ?? other.delimiter},{' '}
              {headerLine === null ? 'no header' : `header on line ${String(headerLine)}`}
              {other.quote === null ? ', no quotes' : ''}
            </Button>
          ))}
        </Box>
      )}
      {preview.hints
        .map(({ code, message }) => HINT_WORDS[code]?.(preview) ?? (code in HINT_WORDS ? '' : message))
        .filter((text, index, all) => text !== '' && all.indexOf(text) === index)
        .map((text) => (
          <Typography key={text} variant="body2" color="textSecondary">
            {text}
          </Typography>
        ))}
    </Box>
  );
}

/** What of the notes there is to say here; null where the view shows it already. Others are told in the API's words. */
const HINT_WORDS: Partial<Record<Preview['hints'][number]['code'], ((preview: Preview) => string) | null>> = {
  kind: null,
  sheet: null,
  alternatives: null,
  encoding: () =>
    'The encoding is little more than a guess: look at letters with accents, and choose another one if they are wrong.',
  numbers: ({ numberFormats }) => {
    const mixed = Object.entries(numberFormats).filter(([, format]) => format === 'mixed');
    return (
      `Some numbers of ${mixed.map(([column]) => column).join(', ')} have a decimal point and some a comma. Those that can be read ` +
      'in two ways are rejected, unless you choose above how numbers are written.'
    );
  },
  beginning: () =>
    'Only the beginning of the file was looked at. How many rows there are, and which keys repeat, is known once all of it was read.',
};

const MAPPING_WORDS = {
  given: () => 'your choice',
  saved: (name: string) => `“${name}”`,
  export: (name: string) => `an export of ${name}`,
  columns: () => 'their headers',
  none: () => '–',
};

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Box sx={{ pt: 0.25 }}>
      <Typography variant="body2" color="textSecondary" sx={{ fontSize: '0.75rem' }}>
        {name}
      </Typography>
      <Typography variant="body2">{children}</Typography>
    </Box>
  );
}
