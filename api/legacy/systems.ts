// The older systems. Without its line here and its files, one is gone.
export { catalogueSystem } from './catalogue.ts';
export { csvSystem } from './csv.ts';
export { ordersSystem } from './orders.ts';
