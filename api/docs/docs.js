"use strict";

// Nothing leaves this server (no validator badge) and nothing is kept in the
// browser: a token that somebody tries out is forgotten with the page.
SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
