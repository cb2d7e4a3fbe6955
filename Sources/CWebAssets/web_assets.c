#include "CWebAssets.h"

#include <string.h>

// One array a file: the preprocessor takes no name of a file from a macro's argument.

static const uint8_t docs_html[] = {
#embed "files/docs/docs.html"
};
static const uint8_t docs_js[] = {
#embed "files/docs/docs.js"
};
static const uint8_t redoc_html[] = {
#embed "files/docs/redoc.html"
};
static const uint8_t redoc_js[] = {
#embed "files/docs/redoc.js"
};
static const uint8_t swagger_ui_css[] = {
#embed "files/vendor/swagger-ui/swagger-ui.css.gz"
};
static const uint8_t swagger_ui_bundle_js[] = {
#embed "files/vendor/swagger-ui/swagger-ui-bundle.js.gz"
};
static const uint8_t redoc_standalone_js[] = {
#embed "files/vendor/redoc/redoc.standalone.js.gz"
};
static const uint8_t example_consolidated[] = {
#embed "files/examples/consolidated.json"
};
static const uint8_t example_summary[] = {
#embed "files/examples/summary.json"
};
static const uint8_t example_health[] = {
#embed "files/examples/health.json"
};
static const uint8_t example_refusal[] = {
#embed "files/examples/refusal.json"
};
static const uint8_t example_greeting[] = {
#embed "files/examples/greeting.json"
};
static const uint8_t example_probe[] = {
#embed "files/examples/probe.json"
};
static const uint8_t example_purge[] = {
#embed "files/examples/purge.json"
};
static const uint8_t pages_page_css[] = {
#embed "files/pages/page.css"
};
static const uint8_t pages_shared_js[] = {
#embed "files/pages/shared.js"
};
static const uint8_t pages_icon_svg[] = {
#embed "files/pages/icon.svg"
};
static const uint8_t pages_demo_html[] = {
#embed "files/pages/demo.html"
};
static const uint8_t pages_demo_js[] = {
#embed "files/pages/demo.js"
};
static const uint8_t pages_status_html[] = {
#embed "files/pages/status.html"
};
static const uint8_t pages_status_js[] = {
#embed "files/pages/status.js"
};

#define ASSET(name, bytes) {name, bytes, sizeof bytes}

static const CWebAsset assets[] = {
    ASSET("docs/docs.html", docs_html),
    ASSET("docs/docs.js", docs_js),
    ASSET("docs/redoc.html", redoc_html),
    ASSET("docs/redoc.js", redoc_js),
    ASSET("examples/consolidated.json", example_consolidated),
    ASSET("examples/summary.json", example_summary),
    ASSET("examples/health.json", example_health),
    ASSET("examples/refusal.json", example_refusal),
    ASSET("examples/greeting.json", example_greeting),
    ASSET("examples/probe.json", example_probe),
    ASSET("examples/purge.json", example_purge),
    ASSET("vendor/swagger-ui/swagger-ui.css.gz", swagger_ui_css),
    ASSET("vendor/swagger-ui/swagger-ui-bundle.js.gz", swagger_ui_bundle_js),
    ASSET("vendor/redoc/redoc.standalone.js.gz", redoc_standalone_js),
    ASSET("pages/page.css", pages_page_css),
    ASSET("pages/shared.js", pages_shared_js),
    ASSET("pages/icon.svg", pages_icon_svg),
    ASSET("pages/demo.html", pages_demo_html),
    ASSET("pages/demo.js", pages_demo_js),
    ASSET("pages/status.html", pages_status_html),
    ASSET("pages/status.js", pages_status_js),
};

const CWebAsset *CWebAssetFind(const char *name) {
  for (size_t place = 0; place < sizeof assets / sizeof *assets; place++) {
    if (strcmp(assets[place].name, name) == 0) return &assets[place];
  }
  return NULL;
}
