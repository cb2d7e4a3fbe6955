#!/bin/bash
# web-assets.sh: fetches Swagger UI and ReDoc, as one package of PyPI ships them, into Sources/CWebAssets/files/vendor. To be run for a new
# version alone: what it makes is committed, and the build needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."

package=drf-spectacular-sidecar==2026.10.1 # Swagger UI 5.33.1, ReDoc 2.5.4
target=Sources/CWebAssets/files/vendor
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$scratch" "$package"
python3 -m zipfile -e "$scratch"/*.whl "$scratch/wheel"
from=$scratch/wheel/drf_spectacular_sidecar/static/drf_spectacular_sidecar

# pack FILE PLACE: without its map, which is not shipped, and without the one image that would be fetched from elsewhere.
pack() {
  sed -e '/^\/[/*]# sourceMappingURL=/d' -e 's#https://cdn.redoc.ly/redoc/logo-mini.svg#data:,#g' "$1" | gzip -9 -n >"$target/$2.gz"
}
mkdir -p "$target/swagger-ui" "$target/redoc"
pack "$from/swagger-ui-dist/swagger-ui.css" swagger-ui/swagger-ui.css
pack "$from/swagger-ui-dist/swagger-ui-bundle.js" swagger-ui/swagger-ui-bundle.js
pack "$from/redoc/bundles/redoc.standalone.js" redoc/redoc.standalone.js
cp "$from/swagger-ui-dist/LICENSE" "$target/swagger-ui/LICENSE"
cp "$from/redoc/LICENSE" "$target/redoc/LICENSE"
cp "$from/redoc/bundles/redoc.standalone.js.LICENSE.txt" "$target/redoc/LICENSE-of-parts.txt"
ls -l "$target"/*/*.gz
