/** Task queues, by what their workers do; each can run on machines of its own. */
export const TASK_QUEUES = {
  workflows: 'workflows',
  parse: 'parse',
  apply: 'apply',
  orders: 'orders',
  webhooks: 'webhooks',
} as const;
export type TaskQueue = (typeof TASK_QUEUES)[keyof typeof TASK_QUEUES];
