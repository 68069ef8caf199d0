import { Navigate, useParams } from 'react-router';
import type { RecordKind } from './kinds.ts';

/** The address of one record: its panel over the list. */
export function RecordRedirect({ kind }: { kind: RecordKind }) {
  const { id = '' } = useParams();
  return <Navigate to={`/${kind}?record=${encodeURIComponent(id)}`} replace />;
}
