import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';

/** An address that no view has. */
export default function NotFound() {
  return (
    <Page title="Not found">
      <Empty title="There is nothing at this address">
        <TextLink to="/">To the beginning</TextLink>
      </Empty>
    </Page>
  );
}
