/**
 * `npm run bench` measures imports; `npm run bench -- catalogue` lists and searches, `npm run bench -- orders` orders,
 * `npm run bench -- order-file` a file of orders, `npm run bench -- workers` what more workers bring.
 */
if (process.argv[2] === 'catalogue') {
  process.argv.splice(2, 1);
  await import('./catalogue.ts');
} else if (process.argv[2] === 'orders') {
  process.argv.splice(2, 1);
  await import('./orders.ts');
} else if (process.argv[2] === 'order-file') {
  process.argv.splice(2, 1);
  await import('./order-file.ts');
} else if (process.argv[2] === 'workers') {
  process.argv.splice(2, 1);
  await import('./workers.ts');
} else {
  await import('./import.ts');
}
