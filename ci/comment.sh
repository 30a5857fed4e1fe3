#!/usr/bin/env bash
# Writes a file as a comment on a pull request, over the one of an earlier run. Needs the GitHub command line, signed in.
# ci/comment.sh <pull request> <file>
set -euo pipefail
number="$1" file="$2"
repository="${GH_REPO:-$(gh repo view --json nameWithOwner --jq .nameWithOwner)}"
known=$(gh api --paginate "repos/$repository/issues/$number/comments" \
  --jq '.[] | select(.body | startswith("<!-- lake plan -->")) | .id' | sed -n 1p)
if [ -n "$known" ]; then
  gh api --method PATCH "repos/$repository/issues/comments/$known" --field "body=@$file" --jq .html_url
else
  gh api --method POST "repos/$repository/issues/$number/comments" --field "body=@$file" --jq .html_url
fi
