import { lazy } from 'react';
import { Navigate, type RouteObject } from 'react-router';
import { RecordRedirect } from './records/record-redirect.tsx';
import { Shell } from './shell/shell.tsx';

const NotFound = lazy(() => import('./shell/not-found.tsx'));
const AttentionPage = lazy(() => import('./attention/attention-page.tsx'));
const HomePage = lazy(() => import('./home/home-page.tsx'));
const ImportPage = lazy(() => import('./import/import-page.tsx'));
const JobPage = lazy(() => import('./jobs/job-page.tsx'));
const JobsPage = lazy(() => import('./jobs/jobs-page.tsx'));
const OrderPage = lazy(() => import('./orders/order-page.tsx'));
const OrdersPage = lazy(() => import('./orders/orders-page.tsx'));
const RecordsPage = lazy(() => import('./records/records-page.tsx'));
const WebhookPage = lazy(() => import('./webhooks/webhook-page.tsx'));
const WebhooksPage = lazy(() => import('./webhooks/webhooks-page.tsx'));

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
      { path: '/products', element: <RecordsPage key="products" kind="products" /> },
      { path: '/products/:id', element: <RecordRedirect kind="products" /> },
      { path: '/customers', element: <RecordsPage key="customers" kind="customers" /> },
      { path: '/customers/:id', element: <RecordRedirect kind="customers" /> },
      { path: '/orders', element: <OrdersPage /> },
      { path: '/orders/:id', element: <OrderPage /> },
      { path: '/webhooks', element: <WebhooksPage /> },
      { path: '/webhooks/:id', element: <WebhookPage /> },
      { path: '/sign-in', element: <Navigate to="/" replace /> },
      { path: '*', element: <NotFound /> },
    ],
  },
];
