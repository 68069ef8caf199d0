import { mdiFilterVariant } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Collapse from '@mui/material/Collapse';
import { type ReactNode, useId, useState } from 'react';
import { Icon } from './icon.tsx';

interface FilterBarProps {
  label: string;
  /** What is always in sight. */
  children: ReactNode;
  /** What stands behind a button. */
  more?: ReactNode;
  /** How many of those are set: they are in sight from the beginning then. */
  moreSet?: number;
  /** There is something to take away. */
  isFiltered: boolean;
  onClear: () => void;
}

/** The filters of a list: the ones of every day, and the others on demand. */
export function FilterBar({ label, children, more, moreSet = 0, isFiltered, onClear }: FilterBarProps) {
  const [isOpen, setOpen] = useState(moreSet > 0);
  const moreId = useId();
  const row = { display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'flex-start' } as const;
  return (
    <Box role="search" aria-label={label}>
      <Box sx={row}>
        {children}
        <Box sx={{ display: 'flex', gap: 1, minHeight: 37, alignItems: 'center' }}>
          {more !== undefined && (
            <Button
              color="inherit"
              aria-expanded={isOpen}
              aria-controls={moreId}
              startIcon={<Icon path={mdiFilterVariant} />}
              onClick={() => {
                setOpen(!isOpen);
              }}
            >
              {moreSet === 0 ? 'More filters' : `More filters (${String(moreSet)})`}
            </Button>
          )}
          {isFiltered && <Button onClick={onClear}>Clear</Button>}
        </Box>
      </Box>
      {more !== undefined && (
        <Collapse in={isOpen} id={moreId} unmountOnExit>
          <Box sx={{ ...row, pt: 1.5 }}>{more}</Box>
        </Collapse>
      )}
    </Box>
  );
}
