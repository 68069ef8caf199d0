import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * What an operator can list workflows by. Never personal data: everyone who may see the namespace sees these.
 * `temporal-config/search-attributes.json` registers the same names on the server.
 */
export const JOB_TYPE_ATTRIBUTE = defineSearchAttributeKey('LongshoreJobType', 'KEYWORD');
export const KIND_ATTRIBUTE = defineSearchAttributeKey('LongshoreKind', 'KEYWORD');
export const STATUS_ATTRIBUTE = defineSearchAttributeKey('LongshoreStatus', 'KEYWORD');
export const STAGE_ATTRIBUTE = defineSearchAttributeKey('LongshoreStage', 'KEYWORD');
export const ROWS_TOTAL_ATTRIBUTE = defineSearchAttributeKey('LongshoreRowsTotal', 'INT');
export const ROWS_DONE_ATTRIBUTE = defineSearchAttributeKey('LongshoreRowsDone', 'INT');
export const ROWS_REJECTED_ATTRIBUTE = defineSearchAttributeKey('LongshoreRowsRejected', 'INT');
