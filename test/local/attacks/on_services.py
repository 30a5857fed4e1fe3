"""Attempts of functions, jobs and analysts on what is not theirs: other zones, queues, tables, workgroups, machines."""

from __future__ import annotations

from attempts import Attempt
from callers import Caller, Callers


def attempts(callers: Callers, intake: Caller) -> list[Attempt]:
    """All of them."""
    return [*_functions(callers, intake), *_jobs(callers), *_analysts(callers), *_governors(callers)]


def _functions(callers: Callers, intake: Caller) -> list[Attempt]:
    lake = callers.lake
    dispatch = callers.service(
        "dispatch-refine", "lambda", lake.arn("lambda", f"function:{lake.prefix}-dispatch-refine")
    )
    refused = {"Bucket": lake.bucket("quarantine"), "Key": "attacks/intake.txt", "Body": b"a"}
    own = lambda: intake("s3").put_object(**refused, Tagging="classification=secret")  # noqa: E731
    ledger = {"TableName": f"{lake.prefix}-ledger"}
    runs = {"TableName": f"{lake.prefix}-runs"}
    queue = f"{lake.endpoint}/{lake.prod}/{lake.prefix}-refined"
    return [
        Attempt("intake reads marts", lambda: intake("s3").list_objects_v2(Bucket=lake.bucket("curated")), own),
        Attempt(
            "intake deletes what it has loaded",
            lambda: intake("s3").delete_object(Bucket=lake.bucket("raw"), Key="a"),
            own,
        ),
        Attempt("intake forgets files", lambda: intake("dynamodb").delete_table(**ledger), own),
        Attempt("intake sees runs", lambda: intake("dynamodb").scan(**runs), own),
        Attempt(
            "intake starts a job", lambda: intake("glue").start_job_run(JobName=f"{lake.prefix}-refine-sales"), own
        ),
        Attempt("intake takes from another queue", lambda: intake("sqs").receive_message(QueueUrl=queue), own),
        Attempt("intake makes a user", lambda: intake("iam").create_user(UserName="attack"), own),
        Attempt(
            "intake changes its own code",
            lambda: intake("lambda").update_function_code(FunctionName=f"{lake.prefix}-intake", ZipFile=b"a"),
            own,
        ),
        Attempt(
            "dispatch reads the files that it hands out",
            lambda: dispatch("s3").get_object(Bucket=lake.bucket("raw"), Key="a"),
            lambda: dispatch("dynamodb").query(
                **runs,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": "a"}},
            ),
        ),
    ]


def _jobs(callers: Callers) -> list[Attempt]:
    lake = callers.lake
    refine, curate, report = (
        callers.service(part, "glue", lake.arn("glue", f"job/{lake.prefix}-{part}"))
        for part in ("refine-sales", "curate-sales-daily-sales", "catalogue-report")
    )
    table = {"DatabaseName": "refined_sales", "Name": "order_items"}
    own = lambda: refine("sts").get_caller_identity()  # noqa: E731
    see = lambda who: who("glue").get_database(Name="refined_sales")  # noqa: E731
    return [
        Attempt(
            "refining reads files that were not loaded",
            lambda: refine("s3").list_objects_v2(Bucket=lake.bucket("drop")),
            lambda: see(refine),
        ),
        Attempt(
            "refining writes to the raw zone",
            lambda: refine("s3").put_object(Bucket=lake.bucket("raw"), Key="sales/a", Body=b"a"),
            lambda: see(refine),
        ),
        Attempt(
            "refining of sales writes what freight owns",
            lambda: refine("s3").put_object(Bucket=lake.bucket("refined"), Key="freight/shipments/a", Body=b"a"),
            own,
        ),
        Attempt(
            "curating changes a refined table",
            lambda: curate("glue").update_table(DatabaseName="refined_sales", TableInput={"Name": table["Name"]}),
            lambda: see(curate),
        ),
        Attempt(
            "curating reads raw files",
            lambda: curate("s3").list_objects_v2(Bucket=lake.bucket("raw")),
            lambda: see(curate),
        ),
        Attempt(
            "curating writes to the refined zone",
            lambda: curate("s3").put_object(Bucket=lake.bucket("refined"), Key="sales/orders/a", Body=b"a"),
            lambda: see(curate),
        ),
        Attempt(
            "the report of the catalog deletes a table",
            lambda: report("glue").delete_table(**table),
            lambda: report("sts").get_caller_identity(),
        ),
    ]


def _analysts(callers: Callers) -> list[Attempt]:
    lake = callers.lake
    analyst, engineer = callers.person("data-analyst", "proprietary"), callers.person("data-engineer", "proprietary")
    queue = f"{lake.endpoint}/{lake.prod}/{lake.prefix}-raw"
    me = lambda: analyst("sts").get_caller_identity()  # noqa: E731
    tables = lambda name: analyst("glue").get_database(Name=name)  # noqa: E731
    return [
        Attempt(
            "an analyst sees what is not masked", lambda: tables("refined_sales_clear"), lambda: tables("refined_sales")
        ),
        Attempt(
            "an analyst drops a table",
            lambda: analyst("glue").delete_table(DatabaseName="refined_sales", Name="order_items"),
            lambda: tables("refined_sales"),
        ),
        Attempt(
            "an analyst asks in the workgroup of undeclared files",
            lambda: analyst("athena").start_query_execution(QueryString="SELECT 1", WorkGroup=f"{lake.prefix}-landing"),
            me,
        ),
        Attempt(
            "an analyst takes messages",
            lambda: analyst("sqs").receive_message(QueueUrl=queue),
            lambda: engineer("sqs").get_queue_attributes(QueueUrl=queue),
        ),
        Attempt(
            "an analyst starts a job",
            lambda: analyst("glue").start_job_run(JobName=f"{lake.prefix}-refine-sales"),
            me,
        ),
        Attempt(
            "an analyst runs a function",
            lambda: analyst("lambda").invoke(FunctionName=f"{lake.prefix}-intake"),
            me,
        ),
        Attempt("an analyst lists secrets", lambda: analyst("secretsmanager").list_secrets(), me),
        Attempt(
            "an engineer changes a function",
            lambda: engineer("lambda").update_function_configuration(FunctionName=f"{lake.prefix}-intake", Timeout=1),
            lambda: engineer("dynamodb").describe_table(TableName=f"{lake.prefix}-ledger"),
        ),
        Attempt(
            "an engineer forgets what happened to files",
            lambda: engineer("dynamodb").delete_item(
                TableName=f"{lake.prefix}-ledger", Key={"pk": {"S": "a"}, "sk": {"S": "b"}}
            ),
            lambda: engineer("dynamodb").describe_table(TableName=f"{lake.prefix}-ledger"),
        ),
        Attempt(
            "an engineer subscribes to alarms",
            lambda: engineer("sns").subscribe(
                TopicArn=lake.arn("sns", f"{lake.prefix}-alarms"), Protocol="email", Endpoint="a@example.com"
            ),
            lambda: engineer("sts").get_caller_identity(),
        ),
    ]


def _governors(callers: Callers) -> list[Attempt]:
    """Whoever tries to have a say in Lake Formation, or to get data by it, past the tags of objects."""
    lake = callers.lake
    deployer, steward = callers.deployer(), callers.person("data-steward", "secret")
    analyst, refine = (
        callers.person("data-analyst", "secret"),
        callers.service("refine-sales", "glue", lake.arn("glue", f"job/{lake.prefix}-refine-sales")),
    )
    table = {"Table": {"DatabaseName": "refined_sales_clear", "TableWildcard": {}}}
    principal = {"DataLakePrincipalIdentifier": lake.role("data-analyst")}
    govern = lambda: deployer("lakeformation").list_permissions()  # noqa: E731
    taken = {"TableArn": lake.arn("glue", "table/refined_sales_clear/customers")}
    return [
        Attempt(
            "an analyst grants itself what is not masked",
            lambda: analyst("lakeformation").grant_permissions(
                Principal=principal, Resource=table, Permissions=["SELECT"]
            ),
            govern,
        ),
        Attempt(
            "an analyst leaves the grants that hold it",
            lambda: analyst("lakeformation").delete_lake_formation_opt_in(Principal=principal, Resource=table),
            govern,
        ),
        Attempt(
            "a steward makes itself an administrator of Lake Formation",
            lambda: steward("lakeformation").put_data_lake_settings(
                DataLakeSettings={"DataLakeAdmins": [{"DataLakePrincipalIdentifier": lake.role("data-steward")}]}
            ),
            govern,
        ),
        Attempt(
            "an analyst takes credentials of Lake Formation for a table",
            lambda: analyst("lakeformation").get_temporary_glue_table_credentials(**taken),
            govern,
        ),
        Attempt(
            "a job takes credentials of Lake Formation for a table",
            lambda: refine("lakeformation").get_temporary_glue_table_credentials(**taken),
            govern,
        ),
        Attempt(
            "the deployer registers a location, for which Lake Formation hands out credentials",
            lambda: deployer("lakeformation").register_resource(
                ResourceArn=f"arn:aws:s3:::{lake.bucket('refined')}", UseServiceLinkedRole=True
            ),
            govern,
        ),
    ]
