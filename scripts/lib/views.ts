import type { Page } from 'playwright-core';

/** The views of the web app, and how one gets to each. A new view has a line here. */
export const VIEWS: Readonly<Record<string, (page: Page, url: string) => Promise<unknown>>> = {
  'sign-in': (page, url) => page.goto(`${url}/`),
  jobs: (page, url) => page.goto(`${url}/jobs`),
  'jobs-none': (page, url) => page.goto(`${url}/jobs?status=paused`),
};
