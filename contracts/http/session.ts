import { z } from 'zod';
import { ROLES } from '../words.ts';
import { timeSchema } from './common.ts';

/** A token may come here instead of in the Authorization header. */
export const signInBodySchema = z.strictObject({ token: z.string().min(1).max(8_192) }).optional();

/** Who is signed in. */
export const sessionSchema = z
  .strictObject({ subject: z.string(), role: z.enum(ROLES), expiresAt: timeSchema })
  .meta({ id: 'Session' });

export const ticketBodySchema = z.strictObject({
  path: z.string().max(500).meta({
    description: 'The one stream that the ticket opens.',
    example: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11/stream',
  }),
});

/** A short-lived stand-in for a token, to be sent as `?ticket=` by clients of streams that can't send headers. */
export const ticketSchema = z
  .strictObject({ ticket: z.string(), expiresAt: timeSchema })
  .meta({ id: 'Ticket' });
