import { lazy } from 'react';
import { Navigate, type RouteObject } from 'react-router';
import { Shell } from './shell/shell.tsx';

const NotFound = lazy(() => import('./shell/not-found.tsx'));
const AttentionPage = lazy(() => import('./attention/attention-page.tsx'));
const HomePage = lazy(() => import('./home/home-page.tsx'));
const ImportPage = lazy(() => import('./import/import-page.tsx'));
const JobPage = lazy(() => import('./jobs/job-page.tsx'));
const JobsPage = lazy(() => import('./jobs/jobs-page.tsx'));

/** Every view is loaded when it is opened first. */
export const routes: RouteObject[] = [
  {
    element: <Shell />,
    children: [
      { path: '/', element: <HomePage /> },
      { path: '/import', element: <ImportPage /> },
      { path: '/jobs', element: <JobsPage /> },
      { path: '/jobs/:id', element: <JobPage /> },
      { path: '/attention', element: <AttentionPage /> },
      { path: '/sign-in', element: <Navigate to="/" replace /> },
      { path: '*', element: <NotFound /> },
    ],
  },
];
