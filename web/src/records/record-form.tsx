import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { newId } from '../client/new-id.ts';
import { ApiProblem, fieldErrorsOf } from '../client/problem.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { putRecord, readListsAnew } from './cache.ts';
import { changeRecord, createRecord, readRecord } from './client.ts';
import { type AnyRecord, type Field, type KindView, nameOf } from './kinds.ts';
import { MeanwhileNote } from './meanwhile-note.tsx';
import { changedValues, type FieldText, type FieldTexts, type Meanwhile, rebase } from './rebase.ts';
import { textsOf } from './record-value.tsx';

interface RecordFormProps {
  view: KindView;
  /** Null for a new one. */
  record: AnyRecord | null;
  onClose: () => void;
  onSaved: (record: AnyRecord) => void;
}

/**
 * Creates a record, or changes one. When somebody else has changed it meanwhile, the form shows what, keeps what was typed, and
 * lets one save on top of it.
 */
export function RecordForm({ view, record, onClose, onSaved }: RecordFormProps) {
  const { kind, singular, fields } = view;
  const toasts = useToasts();
  const [base, setBase] = useState(record);
  const [texts, setTexts] = useState<FieldTexts>(() => textsOf(view, record));
  const [meanwhile, setMeanwhile] = useState<Meanwhile[] | null>(null);
  const [key] = useState(newId);
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      if (base === null) return await createRecord(kind, changedValues({}, texts), key);
      const values = changedValues(textsOf(view, base), texts);
      if (Object.keys(values).length === 0) return base;
      try {
        return await changeRecord(kind, base.id, base.version, values);
      } catch (problem) {
        if (!(problem instanceof ApiProblem) || problem.status !== 412) throw problem;
        const now = await readRecord(kind, base.id);
        const merged = rebase(textsOf(view, base), textsOf(view, now), texts);
        putRecord(kind, now);
        setBase(now);
        setTexts(merged.texts);
        setMeanwhile(merged.meanwhile);
        return null;
      }
    },
    onSuccess: (saved) => {
      if (saved === null) return;
      if (base === null) readListsAnew(kind);
      putRecord(kind, saved);
      toasts.done(base === null ? `${nameOf(saved)} was created.` : `${nameOf(saved)} was saved.`);
      onSaved(saved);
    },
  });
  const fieldErrors = fieldErrorsOf(error);
  const existingId = error instanceof ApiProblem ? error.body.existingId : undefined;
  return (
    <FormDialog
      title={base === null ? `New ${singular}` : `Edit ${nameOf(base)}`}
      submit={meanwhile === null ? (base === null ? 'Create' : 'Save') : 'Save on top of it'}
      isBusy={isPending}
      error={isPending ? null : error}
      onSubmit={mutate}
      onClose={onClose}
    >
      {meanwhile !== null && (
        <MeanwhileNote
          view={view}
          title="It was changed while you edited it. Nothing was saved yet."
          meanwhile={meanwhile}
        />
      )}
      {fields.map((field, index) => (
        <FieldInput
          key={field.name}
          field={field}
          text={texts[field.name] ?? ''}
          problem={fieldErrors[field.name]}
          autoFocus={index === 0}
          onChange={(text) => {
            setTexts((before) => ({ ...before, [field.name]: text }));
          }}
        />
      ))}
      {typeof existingId === 'string' && (
        <TextLink to={`/${kind}?record=${existingId}`} onClick={onClose}>
          Open the {singular} that has this {view.keyField}
        </TextLink>
      )}
    </FormDialog>
  );
}

interface FieldInputProps {
  field: Field;
  text: FieldText;
  problem: string | undefined;
  autoFocus: boolean;
  onChange: (text: FieldText) => void;
}

function FieldInput({ field, text, problem, autoFocus, onChange }: FieldInputProps) {
  const { title, type, required, maxLength, isLong } = field;
  if (typeof text === 'boolean') {
    return (
      <FormControlLabel
        label={title}
        control={
          <Switch
            checked={text}
            onChange={(_event, checked) => {
              onChange(checked);
            }}
          />
        }
      />
    );
  }
  return (
    <TextField
      label={title}
      type={type === 'email' ? 'email' : 'text'}
      required={required}
      autoFocus={autoFocus}
      autoComplete="off"
      multiline={isLong === true}
      {...(isLong === true ? { minRows: 3, maxRows: 10 } : {})}
      value={text}
      onChange={(event) => {
        onChange(event.target.value);
      }}
      error={problem !== undefined}
      helperText={problem}
      slotProps={{
        htmlInput: {
          maxLength,
          inputMode: type === 'decimal' ? 'decimal' : type === 'integer' ? 'numeric' : undefined,
        },
      }}
    />
  );
}
