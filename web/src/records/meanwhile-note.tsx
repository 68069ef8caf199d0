import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import type { KindView } from './kinds.ts';
import type { FieldText, Meanwhile } from './rebase.ts';
import { textOfValue } from './record-value.tsx';

interface MeanwhileNoteProps {
  view: KindView;
  title: string;
  meanwhile: readonly Meanwhile[];
}

/** What somebody else has changed, while it was looked at here. */
export function MeanwhileNote({ view, title, meanwhile }: MeanwhileNoteProps) {
  const show = (name: string, text: FieldText): string => {
    const field = view.fields.find((one) => one.name === name);
    const shown = textOfValue(field?.type ?? 'text', text);
    return shown === '' ? 'nothing' : shown;
  };
  const titleOf = (name: string): string => view.fields.find((field) => field.name === name)?.title ?? name;
  return (
    <Alert severity="warning">
      <AlertTitle>{title}</AlertTitle>
      {meanwhile.length === 0 ? (
        'The values are those that you see here.'
      ) : (
        <Box component="ul" sx={{ m: 0, pl: 2, overflowWrap: 'anywhere' }}>
          {meanwhile.map(({ name, before, theirs, mine }) => (
            <li key={name}>
              {titleOf(name)}: {show(name, before)} → {show(name, theirs)}
              {mine !== null && `; yours is kept: ${show(name, mine)}`}
            </li>
          ))}
        </Box>
      )}
    </Alert>
  );
}
