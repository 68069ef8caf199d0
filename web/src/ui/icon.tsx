import SvgIcon, { type SvgIconProps } from '@mui/material/SvgIcon';

/** An icon from its outline (`@mdi/js`). It says nothing by itself: words beside it do. */
export function Icon({ path, ...props }: SvgIconProps & { path: string }) {
  return (
    <SvgIcon fontSize="small" {...props}>
      <path d={path} />
    </SvgIcon>
  );
}
