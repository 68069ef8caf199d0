import Button from '@mui/material/Button';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, bodyOf } from '../client/api.ts';
import { newId } from '../client/new-id.ts';
import { useAllowed } from '../client/session.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { readOrderAnew } from './cache.ts';
import { actionsOf, type OrderAction } from './verbs.ts';
import { type Order, STEP_WORDS } from './words.ts';

interface ActionTexts {
  button: string;
  title: string;
  text: string;
  isDestructive: boolean;
}

/** What can be done with an order in its state. */
export function OrderVerbs({ order }: { order: Order }) {
  const isAllowed = useAllowed('operator');
  const [asked, setAsked] = useState<{ action: OrderAction; id: string } | null>(null);
  if (!isAllowed) return null;
  return (
    <>
      {actionsOf(order).map((action) => {
        const { button, isDestructive } = textsOf(action, order);
        return (
          <Button
            key={button}
            variant="outlined"
            color={isDestructive ? 'error' : 'primary'}
            onClick={() => {
              setAsked({ action, id: newId() });
            }}
          >
            {button}
          </Button>
        );
      })}
      {asked !== null && (
        <VerbDialog
          key={asked.id}
          order={order}
          action={asked.action}
          id={asked.id}
          onClose={() => {
            setAsked(null);
          }}
        />
      )}
    </>
  );
}

interface VerbDialogProps {
  order: Order;
  action: OrderAction;
  /** Makes it happen once, however often it is sent. */
  id: string;
  onClose: () => void;
}

function VerbDialog({ order, action, id, onClose }: VerbDialogProps) {
  const toasts = useToasts();
  const { button, title, text, isDestructive } = textsOf(action, order);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (reason: string | undefined) =>
      ask(order.id, action, { id, ...(reason === undefined ? {} : { reason }) }),
    onSuccess: (answer) => {
      readOrderAnew(answer);
      toasts.done('requested' in answer ? 'It was asked for, and will be done.' : 'It is being done.');
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={title}
      confirm={button}
      isDestructive={isDestructive}
      asksReason
      isBusy={isPending}
      error={error}
      onConfirm={mutate}
      onClose={onClose}
    >
      {text}
    </ConfirmDialog>
  );
}

async function ask(
  orderId: string,
  action: OrderAction,
  body: { id: string; reason?: string },
): Promise<Order> {
  const params = { path: { id: orderId } };
  switch (action.verb) {
    case 'retry': {
      const { step } = action;
      return await bodyOf<Order>(
        api.POST('/api/orders/{id}/retry', {
          params,
          body: { ...body, ...(step === undefined ? {} : { step }) },
        }),
      );
    }
    case 'compensate':
      return await bodyOf<Order>(
        api.POST('/api/orders/{id}/compensate', { params, body: { ...body, action: action.action } }),
      );
    case 'cancel':
      return await bodyOf<Order>(api.POST('/api/orders/{id}/cancel', { params, body }));
  }
}

function textsOf(action: OrderAction, { attention }: Order): ActionTexts {
  switch (action.verb) {
    case 'retry': {
      const step = action.step ?? attention?.step;
      const what = step === undefined ? 'the step' : STEP_WORDS[step];
      return {
        button: `Retry ${what}`,
        title: `Retry ${what}?`,
        text: 'It is tried again now. What was undone since counts as not done, and is done again on the way. Nothing is paid twice.',
        isDestructive: false,
      };
    }
    case 'compensate':
      return action.action === 'refundPayment'
        ? {
            button: 'Refund the payment',
            title: 'Refund the payment?',
            text: 'The money goes back, and what is held of the stock is released. What has been shipped stays shipped.',
            isDestructive: true,
          }
        : {
            button: 'Release the stock',
            title: 'Release the stock?',
            text: 'What is held for the order is free for others again.',
            isDestructive: true,
          };
    case 'cancel':
      return {
        button: 'Cancel the order',
        title: 'Cancel the order?',
        text: 'What was done for it is undone. It can not be taken up again.',
        isDestructive: true,
      };
  }
}
