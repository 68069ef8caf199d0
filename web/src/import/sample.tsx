import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import Chip from '@mui/material/Chip';
import ListItemText from '@mui/material/ListItemText';
import MenuItem from '@mui/material/MenuItem';
import Paper from '@mui/material/Paper';
import Select from '@mui/material/Select';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { formatCount } from '../ui/format.ts';
import type { Preview } from './preview.ts';

interface SampleProps {
  preview: Preview;
  /** Positions that fill each column, from 1. */
  onMapping: (mapping: Record<string, number[] | null>) => void;
}

type PreviewRow = Preview['rows'][number];

/** The first rows as they will be stored, each column with the choice of what fills it; or as they stand in the file. */
export function Sample({ preview, onMapping }: SampleProps) {
  const [view, setView] = useState<'stored' | 'file'>('stored');
  const picks = picksOf(preview);
  const shown = preview.recordColumns.length === 0 ? 'file' : view;
  const rejected = preview.rows.filter(({ outcome }) => outcome === 'rejected').length;
  return (
    <Box sx={{ display: 'grid', gap: 1 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <Typography variant="h2" sx={{ flex: 1 }}>
          The first {formatCount(preview.rows.length)} rows
          {rejected > 0 && `, ${formatCount(rejected)} of them would be rejected`}
        </Typography>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={shown}
          aria-label="Rows"
          onChange={(_event, value: 'stored' | 'file' | null) => {
            if (value !== null) setView(value);
          }}
        >
          <ToggleButton value="stored" disabled={preview.recordColumns.length === 0}>
            As stored
          </ToggleButton>
          <ToggleButton value="file">As in the file</ToggleButton>
        </ToggleButtonGroup>
      </Box>
      <Paper
        // What scrolls must be reachable by keys.
        tabIndex={0}
        role="region"
        aria-label="The first rows"
        sx={{ maxHeight: 460, overflow: 'auto' }}
      >
        <Table size="small" stickyHeader>
          <TableHead>
            <TableRow>
              <TableCell sx={{ verticalAlign: 'bottom', width: 56 }}>Line</TableCell>
              {shown === 'stored'
                ? preview.recordColumns.map(({ column, isRequired, isKey }) => (
                    <TableCell key={column} sx={{ minWidth: 150, verticalAlign: 'bottom' }}>
                      <Box sx={{ mb: 0.5 }}>
                        {column}
                        {isRequired && <span title="required"> *</span>}
                        {isKey && <Chip label="key" sx={{ ml: 0.75, height: 18 }} />}
                      </Box>
                      <ColumnPick
                        column={column}
                        header={preview.columns}
                        picked={picks[column] ?? []}
                        onPick={(positions) => {
                          onMapping({ ...picks, [column]: positions.length === 0 ? null : positions });
                        }}
                      />
                    </TableCell>
                  ))
                : preview.columns.map(({ position, header, column }) => (
                    <TableCell key={position} sx={{ minWidth: 110 }}>
                      {header === '' ? `Column ${String(position)}` : header}
                      <Typography variant="body2" color="textSecondary" sx={{ fontSize: '0.75rem' }}>
                        {column === null ? 'ignored' : `fills ${column}`}
                      </Typography>
                    </TableCell>
                  ))}
            </TableRow>
          </TableHead>
          <TableBody>
            {preview.rows.map((row) => (
              <TableRow key={row.row} hover>
                <TableCell sx={{ color: 'text.secondary' }}>{formatCount(row.line)}</TableCell>
                {shown === 'stored'
                  ? preview.recordColumns.map(({ column }) => (
                      <StoredCell key={column} column={column} row={row} picked={picks[column] ?? []} />
                    ))
                  : preview.columns.map(({ position }) => (
                      <TableCell key={position} sx={CELL}>
                        {row.cells[position - 1] ?? ''}
                      </TableCell>
                    ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Paper>
      {preview.ignoredColumns.length > 0 && (
        <Typography variant="body2" color="textSecondary">
          Not imported:{' '}
          {preview.ignoredColumns
            .map(({ header, position, resembles }) => {
              const name = header === '' ? `column ${String(position)}` : header;
              return resembles === null ? name : `${name} (did you mean ${resembles}?)`;
            })
            .join(', ')}
        </Typography>
      )}
      {preview.clearedCells > 0 && (
        <Typography variant="body2" color="warning.main">
          {formatCount(preview.clearedCells)} cells are #N/A and empty what the record has.
        </Typography>
      )}
    </Box>
  );
}

const CELL = { maxWidth: 260, overflowWrap: 'anywhere' } as const;

function StoredCell({ column, row, picked }: { column: string; row: PreviewRow; picked: number[] }) {
  const errors = row.errors.filter((error) => error.column === column);
  // Where nothing could be read yet, what stands in the file is better than nothing.
  const inFile = picked.map((position) => row.cells[position - 1] ?? '').join(' ');
  const value = row.values === null ? inFile : row.values[column];
  if (errors.length === 0) {
    return (
      <TableCell sx={{ ...CELL, opacity: row.outcome === 'skipped' ? 0.6 : 1 }}>{value ?? ''}</TableCell>
    );
  }
  return (
    <TableCell
      sx={{ ...CELL, boxShadow: (theme) => `inset 3px 0 ${theme.vars?.palette.error.main ?? 'red'}` }}
    >
      {value ?? errors[0]?.value ?? ''}
      {errors.map(({ code, message }) => (
        <Typography key={code} variant="body2" color="error" sx={{ fontSize: '0.75rem' }}>
          {message}
        </Typography>
      ))}
    </TableCell>
  );
}

interface ColumnPickProps {
  column: string;
  header: Preview['columns'];
  picked: number[];
  onPick: (positions: number[]) => void;
}

/** Which columns of the file fill one of the record; several are joined by a blank. */
function ColumnPick({ column, header, picked, onPick }: ColumnPickProps) {
  const nameOf = (position: number) => {
    const name = header[position - 1]?.header ?? '';
    return name === '' ? `Column ${String(position)}` : name;
  };
  return (
    <Select
      multiple
      displayEmpty
      fullWidth
      value={picked}
      renderValue={(positions) =>
        positions.length === 0 ? 'Not in the file' : positions.map(nameOf).join(' + ')
      }
      onChange={({ target }) => {
        onPick(typeof target.value === 'string' ? [] : target.value);
      }}
      inputProps={{ 'aria-label': `Column of the file for ${column}` }}
      sx={{
        fontSize: '0.8125rem',
        fontWeight: 400,
        color: picked.length === 0 ? 'text.secondary' : 'text.primary',
        '& .MuiSelect-select': { py: 0.5 },
      }}
    >
      {header.map(({ position }) => (
        <MenuItem key={position} value={position} dense>
          <Checkbox checked={picked.includes(position)} size="small" sx={{ p: 0, mr: 1 }} tabIndex={-1} />
          <ListItemText primary={nameOf(position)} />
        </MenuItem>
      ))}
    </Select>
  );
}

/** What fills each column of the record now, by position. */
function picksOf({ recordColumns, columns, mapping }: Preview): Record<string, number[] | null> {
  const positionOf = (source: unknown): number[] => {
    if (typeof source === 'number') return [source];
    const found = columns.find(({ header }) => header === source);
    return found === undefined ? [] : [found.position];
  };
  return Object.fromEntries(
    recordColumns.map(({ column }) => {
      const sources = mapping?.columns[column] ?? [];
      const positions = (Array.isArray(sources) ? sources : [sources]).flatMap(positionOf);
      return [column, positions.length === 0 ? null : positions];
    }),
  );
}
