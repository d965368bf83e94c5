#!/usr/bin/env bash
# Builds eiows where Node's repository cannot be cloned, from Node's public headers: its own source, unchanged, with crypto_tls.h beside this file for the private one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../node_modules/eiows"
cp -r ../../eiows/node nodejs/src/
prefix=$(node -p "require('path').resolve(process.execPath, '../..')")
node "$(dirname "$(readlink -f "$(command -v npm)")")/../node_modules/node-gyp/bin/node-gyp.js" rebuild --nodedir="$prefix"
