import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type AuditEntry, AuditTable } from '../audit/audit-table.tsx';
import { api, bodyOf } from '../client/api.ts';
import { useList } from '../ui/use-list.ts';
import { keys } from './cache.ts';

/** What operators did to an order. */
export function OrderAudit({ id }: { id: string }) {
  const list = useList<AuditEntry>({
    queryKey: keys.audit(id),
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/orders/{id}/audit', {
          params: { path: { id }, query: { limit: 100, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
  });
  return (
    <Box component="section" aria-label="Audit trail" sx={{ display: 'grid', gap: 1 }}>
      <Typography variant="h2">Audit trail</Typography>
      {list.rows.length === 0 && !list.isLoading && list.error === null ? (
        <Typography variant="body2" color="textSecondary">
          Nobody has done anything to this order.
        </Typography>
      ) : (
        <Box sx={{ display: 'flex', maxHeight: 320 }}>
          <AuditTable {...list} empty="Nobody has done anything to this order" />
        </Box>
      )}
    </Box>
  );
}
