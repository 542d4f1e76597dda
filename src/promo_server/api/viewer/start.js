"use strict";
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#viewer",
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  persistAuthorization: false,
});
