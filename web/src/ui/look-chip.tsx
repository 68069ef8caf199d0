import Chip, { type ChipProps } from '@mui/material/Chip';
import { Icon } from './icon.tsx';

/** How a status looks. */
export interface Look {
  color: NonNullable<ChipProps['color']>;
  icon: string;
}

/** A status by word, icon and colour: never by colour alone. */
export function LookChip({ look: { color, icon }, label }: { look: Look; label: string }) {
  return <Chip variant="outlined" color={color} icon={<Icon path={icon} />} label={label} />;
}
