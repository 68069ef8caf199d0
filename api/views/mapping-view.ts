import type { MappingView } from '../../contracts/http/mapping.ts';
import type { SavedMapping } from '../../prisma/repositories/mappings.ts';

/** A saved mapping as the API shows it. */
export function viewMapping(mapping: SavedMapping): MappingView {
  const { headerFingerprint, createdAt, updatedAt, ...rest } = mapping;
  return {
    ...rest,
    hasHeader: headerFingerprint !== null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
