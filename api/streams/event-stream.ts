import type { Response } from 'express';

const HEARTBEAT_MS = 15_000;
/** How long a client waits before it comes back after the line broke. */
const RETRY_HINT_MS = 2_000;
/** A client that takes nothing for so long is gone, whatever its connection says. */
const STUCK_MS = 60_000;

/** An event of a stream (WHATWG HTML, section 9.2). */
export interface StreamEvent {
  /** What the client comes back with; left out where it then gets everything anew. */
  id?: string | undefined;
  /** An unnamed event when missing. */
  name?: string;
  data: string;
}

/** One client of a stream. */
export interface EventStream {
  /** False while the client has not taken what was sent before: skip a step rather than pile it up. */
  ready: () => boolean;
  send: (event: StreamEvent) => void;
  /** Says what the client is to come back with, should it be cut off before the next event. */
  mark: (id: string) => void;
  /** Called each time the client has taken what was sent, after `ready` was false. */
  onReady: () => void;
  /** Ends the answer; the client is told when to come back. */
  end: () => void;
}

/** All open streams of this process, so that it can stop in good order. */
export interface OpenStreams {
  /** Starts the answer. @param onClose called once, when the stream ended or the client went away */
  open: (response: Response, onClose: () => void) => EventStream;
  closeAll: () => void;
}

/** @param onCount told how many streams are open, whenever that changes */
export function createOpenStreams(onCount: (count: number) => void): OpenStreams {
  const open = new Set<() => void>();
  return {
    open(response, onClose) {
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store, no-transform',
        // Asks nginx not to collect the events.
        'X-Accel-Buffering': 'no',
      });
      response.write(`retry: ${String(RETRY_HINT_MS)}\n\n`);

      let stuck: NodeJS.Timeout | undefined;
      const write = (text: string): void => {
        if (response.writableEnded || response.destroyed) return;
        if (!response.write(text)) stuck ??= setTimeout(() => response.destroy(), STUCK_MS);
      };
      const stream: EventStream = {
        ready: () => !response.writableNeedDrain,
        send: ({ id, name, data }) => {
          const event = name === undefined ? '' : `event: ${name}\n`;
          write(`${event}${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`);
        },
        // Without data nothing is dispatched, but the id is kept (WHATWG HTML, section 9.2.6).
        mark: (id) => {
          write(`id: ${id}\n\n`);
        },
        onReady: () => undefined,
        end: () => response.end(),
      };
      response.on('drain', () => {
        clearTimeout(stuck);
        stuck = undefined;
        stream.onReady();
      });

      const heartbeat = setInterval(() => {
        if (stream.ready()) write(': heartbeat\n\n');
      }, HEARTBEAT_MS);

      open.add(stream.end);
      onCount(open.size);
      response.once('close', () => {
        clearInterval(heartbeat);
        clearTimeout(stuck);
        open.delete(stream.end);
        onCount(open.size);
        onClose();
      });
      return stream;
    },
    closeAll() {
      for (const end of open) end();
    },
  };
}
