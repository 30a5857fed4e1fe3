#!/usr/bin/env bash
# Puts Terraform into .lake/bin of this folder, for build servers that do not have it. Checked against HashiCorp's sums.
# ci/install-terraform.sh <version>
set -euo pipefail
version="$1"
case "$(uname -m)" in
  x86_64) machine=amd64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *) echo "there is no Terraform for $(uname -m)" >&2; exit 2 ;;
esac
file="terraform_${version}_$(uname -s | tr '[:upper:]' '[:lower:]')_${machine}.zip"
releases="https://releases.hashicorp.com/terraform/$version"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
curl --fail --silent --show-error --location --output "$folder/$file" "$releases/$file"
curl --fail --silent --show-error --location "$releases/terraform_${version}_SHA256SUMS" | grep "  $file\$" > "$folder/sums"
(cd "$folder" && sha256sum --check --quiet sums)
mkdir -p .lake/bin
python3 -m zipfile --extract "$folder/$file" .lake/bin
chmod +x .lake/bin/terraform
.lake/bin/terraform version
