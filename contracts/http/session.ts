import { z } from 'zod';
import { ROLES } from '../words.ts';
import { timeSchema } from './common.ts';

const tokenText = z.string().min(1).max(8_192);

/** A token may come here instead of in the Authorization header; or what a link to sign in carries. */
export const signInBodySchema = z
  .union([
    z.strictObject({ token: tokenText }),
    z.strictObject({
      link: tokenText.meta({ description: 'What the link of `npm start` carries after its `#`; good once.' }),
    }),
  ])
  .optional();

const sessionFields = { subject: z.string(), role: z.enum(ROLES), expiresAt: timeSchema };

/** Who is signed in. */
export const sessionSchema = z.strictObject(sessionFields).meta({ id: 'Session' });

/** Who is signed in, and what the page of this origin writes with. */
export const openSessionSchema = z
  .strictObject({
    ...sessionFields,
    token: z.string().meta({ description: 'For the Authorization header of requests that write.' }),
    tokenExpiresAt: timeSchema,
  })
  .meta({ id: 'OpenSession' });

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
