"""Glue job: one mart from the newest version of its inputs."""

from __future__ import annotations

from collections.abc import Sequence

import boto3

from lake_spark.arguments import parse_arguments
from lake_spark.catalogue import GlueCatalogue
from lake_spark.contracts import load_contracts
from lake_spark.curate import Request, Surroundings, run_curate
from lake_spark.curate_pipelines import load_pipeline
from lake_spark.documents import S3Documents
from lake_spark.entry import run
from lake_spark.errors import ArgumentsError
from lake_spark.session import start_session
from lake_spark.tags import S3Tags

REQUIRED = ("pipeline", "batch_id", "manifest", "result", "curated_bucket")


def main(argv: Sequence[str]) -> None:
    """Makes the mart, if there is anything new, and writes the result."""
    given = parse_arguments(argv, REQUIRED, {"JOB_RUN_ID": ""})
    pipeline, code = load_pipeline(given["pipeline"])
    s3 = boto3.client("s3")
    documents = S3Documents(s3)
    manifest = documents.read(given["manifest"])
    if manifest["job"] != pipeline.id or manifest["batchId"] != given["batch_id"]:
        told = f"{manifest['job']}, batch {manifest['batchId']}"
        raise ArgumentsError(
            f"--manifest {given['manifest']} is of {told}: give that of --batch_id {given['batch_id']}"
        )
    request = Request(
        pipeline=pipeline,
        code=code,
        contracts=load_contracts(),
        batch_id=given["batch_id"],
        root=f"s3://{given['curated_bucket']}",
        run_id=given["JOB_RUN_ID"] or None,
    )
    spark = start_session(f"curate {pipeline.id}")
    try:
        around = Surroundings(GlueCatalogue(boto3.client("glue")), S3Tags(s3))
        run_curate(spark, request, around, documents, given["result"])
    finally:
        spark.stop()


if __name__ == "__main__":
    run(main)
