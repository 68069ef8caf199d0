import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import temporal from 'eslint-plugin-temporal';
import tseslint from 'typescript-eslint';

/** The folders of the house, and whom each may import (docs/architecture.md). */
const HOUSE = {
  contracts: [],
  domain: ['contracts'],
  platform: ['contracts'],
  adapters: ['contracts', 'domain', 'platform'],
  prisma: ['contracts', 'domain', 'platform'],
  workflows: ['contracts', 'domain'],
  activities: ['contracts', 'domain', 'prisma', 'adapters', 'platform'],
  api: ['contracts', 'domain', 'prisma', 'adapters', 'platform'],
  workers: ['contracts', 'domain', 'prisma', 'adapters', 'platform', 'workflows', 'activities'],
  // It knows the API by its document, and by nothing else.
  web: [],
};
const FOLDERS = [...Object.keys(HOUSE), 'scripts', 'tests', 'bench', 'chaos'];

function mayImport(folder, allowed, extra = []) {
  const forbidden = FOLDERS.filter((other) => other !== folder && !allowed.includes(other));
  return {
    files: [`${folder}/**/*.{ts,tsx}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            ...forbidden.map((other) => ({
              regex: `^(\\.\\./)+${other}/`,
              message: `${folder}/ may not import ${other}/ (docs/architecture.md says who may).`,
            })),
            ...extra,
          ],
        },
      ],
    },
  };
}

const WORKFLOW_IMPORTS = [
  {
    regex: '^(\\.\\./)+contracts/(http|events)/',
    message: 'Workflows see contracts/temporal, words and errors only: zod adds a megabyte to each sandbox.',
  },
  {
    regex: '^(?!\\.|@temporalio/(workflow|common)$)',
    message:
      'Workflow code is deterministic: @temporalio/workflow, @temporalio/common and our own contracts only.',
  },
];

const NO_SQL = {
  selector:
    'TemplateElement[value.raw=/\\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\\b[\\s\\S]+\\b(FROM|VALUES|SET|WHERE)\\b/]',
  message: 'SQL belongs under prisma/.',
};

/** The modules of workflows are loaded once for all workflows of a worker (workers/bundle-options.ts). */
const NO_MODULE_STATE = [
  ":matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind!='const']",
  ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator > ' +
    ':matches(NewExpression[callee.name=/^(Map|Set|WeakMap|WeakSet)$/][arguments.length=0], ArrayExpression[elements.length=0])',
].map((selector) => ({
  selector,
  message: 'Workflows share their modules: what changes belongs into a function.',
}));

export default tseslint.config(
  {
    ignores: [
      'node_modules/**',
      '.longshore/**',
      'prisma/generated/**',
      'web/dist/**',
      'web/generated/**',
      '**/*.mjs',
      '**/*.d.mts',
      '**/*.js',
    ],
  },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'always' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  ...Object.entries(HOUSE).map(([folder, allowed]) =>
    mayImport(folder, allowed, folder === 'workflows' ? WORKFLOW_IMPORTS : []),
  ),
  {
    files: ['workflows/**/*.ts'],
    ...temporal.configs.workflow,
  },
  {
    files: ['activities/**/*.ts'],
    ...temporal.configs.activity,
  },
  {
    files: ['activities/**/*.ts'],
    rules: {
      // The failure interceptor turns every error into a failure of the catalogue.
      'temporal/activity-prefer-applicationfailure': 'off',
      // with-heartbeat.ts does it for whole activities, waits for the database included.
      'temporal/activity-heartbeat-in-long-loops': 'off',
      // Takes the interceptor for an activity.
      'temporal/activity-prefer-single-object-args': 'off',
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      // Flags setHandler, which returns nothing to wait for; the typed rule of typescript-eslint finds the real ones.
      'temporal/workflow-no-floating-promises': 'off',
      // A parked part waits for an operator, for months if need be.
      'temporal/workflow-condition-timeout-style': 'off',
      // The groups of time-outs stand in chunked-job/activities.ts, which the rule does not follow.
      'temporal/workflow-require-activity-timeouts': 'off',
      // They take helper functions for workflows.
      'temporal/workflow-prefer-single-object-args': 'off',
      'temporal/workflow-no-nonserializable-types-in-payloads': 'off',
      // Every workflow test replays what it ran, and the corpus is replayed by its own test.
      'temporal/workflow-replay-testing-required-comment': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.name='condition'] > ArrowFunctionExpression[async=true]",
          message: 'The predicate of condition() must be synchronous: a promise is always true.',
        },
        NO_SQL,
        ...NO_MODULE_STATE,
      ],
    },
  },
  {
    // SQL lives under prisma/: elsewhere only settings of a session may be sent.
    files: ['activities/**/*.ts', 'api/**/*.ts', 'domain/**/*.ts', 'workers/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_SQL] },
  },
  {
    files: ['contracts/temporal/**/*.ts', 'contracts/{words,errors,assert-never}.ts'],
    rules: { 'no-restricted-syntax': ['error', ...NO_MODULE_STATE] },
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off', // expect.any and its kin are typed any
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['web/**/*.{ts,tsx}'],
    ...jsxA11y.flatConfigs.strict,
  },
  {
    files: ['web/**/*.{ts,tsx}'],
    ...reactHooks.configs.flat.recommended,
  },
  {
    files: ['web/**/*.{ts,tsx}'],
    rules: {
      // A handler of an event may start work; its mutation shows how that goes.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // It warns for a compiler that is not used here.
      'react-hooks/incompatible-library': 'off',
      // Where a view opens with one thing to do, its field has the focus.
      'jsx-a11y/no-autofocus': 'off',
    },
  },
  {
    files: ['scripts/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
