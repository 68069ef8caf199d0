import type { Schemas } from '../client/api.ts';

type Options = Schemas['ImportOptions'];
/** The policies that a person chooses. */
export type Policies = Pick<Options, 'mode' | 'blanks' | 'duplicates' | 'onError' | 'notify'>;

export const DEFAULT_POLICIES: Policies = {
  mode: 'upsert',
  blanks: 'keep',
  duplicates: 'last',
  onError: 'skip',
  notify: 'summary',
};

type Answers = { readonly [Name in keyof Policies]?: readonly [Policies[Name], ...Policies[Name][]] };

/** What a kind leaves to choose, where that is not everything; the first answer counts when another one was chosen. */
const ANSWERS_OF: Partial<Record<Schemas['Job']['kind'], Answers>> = {
  orders: { mode: ['create'], blanks: ['keep'], duplicates: ['last', 'reject'], notify: ['summary', 'none'] },
};

/** The answers that a kind leaves to choose, in their order. */
export function answersOf(kind: Schemas['Job']['kind'] | null, name: keyof Policies): readonly string[] {
  return (kind === null ? undefined : ANSWERS_OF[kind]?.[name]) ?? Object.keys(POLICY_WORDS[name].answers);
}

/** Policies as a kind can have them. */
export function policiesFor(kind: Schemas['Job']['kind'] | null, chosen: Policies): Policies {
  const names = Object.keys(chosen) as (keyof Policies)[];
  const fitting = names.map((name) => {
    const answers = answersOf(kind, name);
    return [name, answers.includes(chosen[name]) ? chosen[name] : answers[0]];
  });
  return { ...chosen, ...(Object.fromEntries(fitting) as Partial<Policies>) };
}

/** Each policy as a question with its answers. */
export const POLICY_WORDS: {
  readonly [Name in keyof Policies]: { question: string; answers: Readonly<Record<Policies[Name], string>> };
} = {
  mode: {
    question: 'Which records may change?',
    answers: {
      upsert: 'New ones are created, known ones updated',
      create: 'New ones are created, known ones stay as they are',
      update: 'Known ones are updated, none is created',
    },
  },
  blanks: {
    question: 'What does a blank cell do?',
    answers: { keep: 'Keeps what the record has', clear: 'Empties what the record has' },
  },
  duplicates: {
    question: 'When a key stands in the file more than once?',
    answers: {
      last: 'The last row counts',
      first: 'The first row counts',
      reject: 'All of them are rejected',
    },
  },
  onError: {
    question: 'When a row breaks a rule?',
    answers: {
      skip: 'Good rows go in, this one waits for repair',
      abort: 'Nothing of the file goes in',
    },
  },
  notify: {
    question: 'Which events are sent to webhooks?',
    answers: { summary: 'One when the import has ended', rows: 'Each change of a record', none: 'None' },
  },
};

export const DELIMITER_WORDS: Readonly<Record<string, string>> = {
  ',': 'Comma  ,',
  ';': 'Semicolon  ;',
  '\t': 'Tab',
  '|': 'Bar  |',
};

export const CONTAINER_WORDS = { csv: 'Text', xlsx: 'Workbook' } as const;
