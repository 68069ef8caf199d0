// A file of its own, because the page's security policy permits no inline scripts.
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#document',
  deepLinking: true,
  // Asks a service of its makers by default.
  validatorUrl: null,
});
