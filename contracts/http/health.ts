import { z } from 'zod';
import { checksSchema } from './problem.ts';

export const aliveSchema = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Alive' });

export const readySchema = z
  .strictObject({ status: z.literal('ok'), checks: checksSchema })
  .meta({ id: 'Ready' });
