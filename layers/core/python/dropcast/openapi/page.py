"""The page that shows the API document: Swagger UI, with nothing from any other host.

The policy lets the page load from its own origin alone and run no script that stands in the page,
so its one script is a file of its own. The pictures of Swagger UI's style sheet are ``data:`` URLs.
"""

from collections.abc import Mapping

from dropcast.contracts.blobs import TEXT_TYPE

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dropcast: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<noscript>This page shows openapi.json, which lies beside it, with a script.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
"""

PAGE_SCRIPT_NAME = "page.js"
SCRIPT_TYPE = "text/javascript; charset=utf-8"
# The files of the docs layer that are served beside the page's own script -> content type.
PAGE_FILES: Mapping[str, str] = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": SCRIPT_TYPE,
    "swagger-ui-bundle.js.LICENSE.txt": TEXT_TYPE,
    "LICENSE": TEXT_TYPE,
    "NOTICE": TEXT_TYPE,
}

# The server is where the page lies, so requests from it reach the API wherever it is served from.
# A validator's badge would ask another host; a key that is kept would outlive the visit.
PAGE_SCRIPT = """const place = new URL(".", document.baseURI).href.slice(0, -1);
fetch(place + "/openapi.json")
  .then((answer) => answer.json())
  .then((spec) =>
    SwaggerUIBundle({
      spec: { ...spec, servers: [{ url: place }] },
      dom_id: "#page",
      deepLinking: true,
      validatorUrl: null,
      persistAuthorization: false,
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
    }),
  );
"""

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=3600",
}
