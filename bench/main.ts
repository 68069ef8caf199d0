/** `npm run bench` measures imports; `npm run bench -- catalogue` lists and searches. */
if (process.argv[2] === 'catalogue') {
  process.argv.splice(2, 1);
  await import('./catalogue.ts');
} else {
  await import('./import.ts');
}
