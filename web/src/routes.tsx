import { lazy } from 'react';
import { Navigate, type RouteObject } from 'react-router';
import { Shell } from './shell/shell.tsx';

const NotFound = lazy(() => import('./shell/not-found.tsx'));
const JobsPage = lazy(() => import('./jobs/jobs-page.tsx'));

/** Every view is loaded when it is opened first. */
export const routes: RouteObject[] = [
  {
    element: <Shell />,
    children: [
      { path: '/', element: <Navigate to="/jobs" replace /> },
      { path: '/jobs', element: <JobsPage /> },
      { path: '/sign-in', element: <Navigate to="/" replace /> },
      { path: '*', element: <NotFound /> },
    ],
  },
];
