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
