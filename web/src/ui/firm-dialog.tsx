import Dialog from '@mui/material/Dialog';
import DialogTitle from '@mui/material/DialogTitle';
import { type ReactNode, useId } from 'react';

interface FirmDialogProps {
  title: string;
  children: ReactNode;
  onClose: () => void;
}

/** A dialog that a slip beside it does not close: something in it would be lost. */
export function FirmDialog({ title, children, onClose }: FirmDialogProps) {
  const titleId = useId();
  return (
    <Dialog
      open
      aria-labelledby={titleId}
      onClose={(_event, reason) => {
        if (reason !== 'backdropClick') onClose();
      }}
    >
      <DialogTitle id={titleId}>{title}</DialogTitle>
      {children}
    </Dialog>
  );
}
