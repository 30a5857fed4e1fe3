import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { AssetType, TerraformAsset, TerraformStack } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import { Construct } from "constructs";
import type { Artifact } from "./artifacts";

/** Puts the artifact beside what is synthesized. @returns its path from there */
export function placeArtifact(scope: Construct, id: string, artifact: Artifact): string {
  if (artifact.fetched === true) return linkFetched(scope, id, artifact);
  const { path, sha256 } = artifact;
  return new TerraformAsset(scope, id, { path, type: AssetType.FILE, assetHash: sha256 }).path;
}

/**
 * A file that is fetched once and large. It is linked when it is there; when it is not, all else is the same, and only an
 * upload would fail.
 */
function linkFetched(scope: Construct, id: string, { path, sha256 }: Artifact): string {
  const stack = TerraformStack.of(scope);
  const place = posix.join("assets", id, sha256, basename(path));
  addCustomSynthesis(new Construct(scope, id), {
    onSynthesize({ manifest }) {
      if (!existsSync(path)) return;
      const target = join(dirname(join(manifest.outdir, manifest.forStack(stack).synthesizedStackPath)), place);
      mkdirSync(dirname(target), { recursive: true });
      rmSync(target, { force: true });
      try {
        linkSync(path, target);
      } catch {
        // Another file system, or one without links.
        copyFileSync(path, target);
      }
    },
  });
  return place;
}
