import Link, { type LinkProps } from '@mui/material/Link';
import { Link as RouterLink } from 'react-router';

/** A link within the app. */
export function TextLink({ to, ...props }: Omit<LinkProps, 'href' | 'component'> & { to: string }) {
  return <Link component={RouterLink} to={to} underline="hover" {...props} />;
}
