import { mdiFileUploadOutline } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { formatBytes } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';

interface FileDropProps {
  file: File | null;
  onFile: (file: File) => void;
  isDisabled: boolean;
}

/** Takes a file: dropped anywhere on the page, chosen, or pasted, as a file or as cells of a spreadsheet. */
export function FileDrop({ file, onFile, isDisabled }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (isDisabled) return;
    const paste = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      const pasted =
        event.clipboardData?.files[0] ?? fileOfText(event.clipboardData?.getData('text/plain') ?? '');
      if (pasted === null) return;
      event.preventDefault();
      onFile(pasted);
    };
    addEventListener('paste', paste);
    return () => {
      removeEventListener('paste', paste);
    };
  }, [isDisabled, onFile]);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped !== undefined && !isDisabled) onFile(dropped);
  };
  return (
    <Box
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={drop}
      sx={{
        display: 'flex',
        flexDirection: file === null ? 'column' : 'row',
        flexWrap: 'wrap',
        alignItems: 'center',
        justifyContent: file === null ? 'center' : 'flex-start',
        gap: file === null ? 1 : 2,
        minHeight: file === null ? 220 : 0,
        p: file === null ? 3 : 1.5,
        border: '1.5px dashed',
        borderColor: isOver ? 'primary.main' : 'divider',
        borderRadius: 1,
        bgcolor: isOver ? 'action.hover' : 'background.paper',
      }}
    >
      <input
        ref={input}
        type="file"
        hidden
        data-testid="file"
        accept=".csv,.tsv,.txt,.gz,.xlsx,text/csv"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          if (chosen !== undefined) onFile(chosen);
          // The same file can be chosen again, after it was changed.
          event.target.value = '';
        }}
      />
      {file === null ? (
        <>
          <Icon path={mdiFileUploadOutline} sx={{ fontSize: 36, color: 'text.secondary' }} />
          <Typography>Drop a file here, or paste rows of a spreadsheet</Typography>
          <Typography variant="body2" color="textSecondary">
            CSV in any common form, also compressed (.csv.gz), or a workbook (.xlsx)
          </Typography>
        </>
      ) : (
        <Box sx={{ minWidth: 0, flex: 1 }}>
          <Typography noWrap sx={{ fontWeight: 600 }}>
            {file.name}
          </Typography>
          <Typography variant="body2" color="textSecondary">
            {formatBytes(file.size)}
          </Typography>
        </Box>
      )}
      <Button
        variant={file === null ? 'contained' : 'outlined'}
        disabled={isDisabled}
        onClick={() => input.current?.click()}
      >
        {file === null ? 'Choose a file' : 'Another file'}
      </Button>
    </Box>
  );
}

function fileOfText(text: string): File | null {
  return text.trim() === '' ? null : new File([text], 'pasted.csv', { type: 'text/csv' });
}
