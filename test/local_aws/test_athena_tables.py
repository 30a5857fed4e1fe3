"""Athena on tables of files and on the catalog: formats, partitions, views, DDL, and statements that write."""

import json

import pytest

from .helpers import lets_bucket_send, notify, queue, receive, refusal
from .lake_tables import Lake, parquet

TEXT = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
JSON = "org.openx.data.jsonserde.JsonSerDe"


@pytest.fixture
def lake(aws, account):
    return Lake(aws, account)


def serde(library, **parameters):
    settings = {name.replace("_", "."): value for name, value in parameters.items()}
    return {"SerdeInfo": {"SerializationLibrary": library, "Parameters": settings}}


def test_text_has_no_quotes_and_no_value_where_it_fits_no_type(lake):
    lake.put("t/a.csv", 'id;name;n\n1;"x;5\n2;;many\n3;\\N\n')
    header = {"skip.header.line.count": "1"}
    columns = {"id": "int", "name": "string", "n": "int"}
    lake.table("t", columns, storage=serde(TEXT, field_delim=";"), parameters=header)
    assert lake.rows("SELECT id, name, n FROM t ORDER BY id") == [["1", '"x', "5"], ["2", "", None], ["3", None, None]]


def test_csv_has_quotes_and_fails_where_it_fits_no_type(lake):
    lake.put("c/a.csv", '1,"x, ""y""",\n2,z,7\n')
    lake.table("c", {"id": "int", "name": "string", "n": "int"}, storage=serde(CSV, escapeChar='"'))
    assert lake.rows("SELECT name, n FROM c ORDER BY id") == [['x, "y"', None], ["z", "7"]]
    lake.put("c/b.csv", "three,z,7\n")
    assert lake.failure("SELECT id FROM c").startswith("INVALID_CAST_ARGUMENT")


def test_json_has_nested_values(lake):
    lake.put("j/a.json", '{"id": 1, "s": {"x": [1, 2]}, "m": {"k": "v"}}\n{"id": 2}\n')
    lake.table("j", {"id": "int", "s": "struct<x:array<int>>", "m": "map<string,string>"}, storage=serde(JSON))
    assert lake.rows("SELECT id, s.x[2], m['k'] FROM j WHERE id = 1") == [["1", "2", "v"]]
    lake.put("j/b.json", "no json\n")
    assert lake.failure("SELECT id FROM j")
    ignoring = serde(JSON, ignore_malformed_json="true")
    lake.table("forgiving", {"id": "int"}, storage={**ignoring, "Location": f"s3://{lake.data}/j/"})
    assert ["1"] in lake.rows("SELECT id FROM forgiving")


def test_a_parquet_column_of_another_kind_fails_as_in_athena(lake):
    lake.put("p/a.parquet", parquet("SELECT 1::BIGINT AS id, 5::INTEGER AS n"))
    lake.table("p", {"id": "string", "n": "bigint"})
    assert lake.failure("SELECT id FROM p").startswith("HIVE_BAD_DATA: Field id's type BIGINT in parquet files")


def test_numbers_of_parquet_may_be_wider_in_the_table(lake):
    lake.put("w/a.parquet", parquet("SELECT 5::INTEGER AS n, 1.5::FLOAT AS f"))
    lake.table("w", {"n": "bigint", "f": "double"})
    assert lake.rows("SELECT n, f FROM w") == [["5", "1.5"]]


def test_registered_partitions_may_lie_anywhere(lake):
    lake.put("elsewhere/x.parquet", parquet("SELECT 1 AS id"))
    lake.put("parts/day=2026-01-02/country=a%2Fb/y.parquet", parquet("SELECT 2 AS id"))
    lake.table("parts", {"id": "int"}, {"day": "date", "country": "string"})
    lake.run(
        "ALTER TABLE parts ADD IF NOT EXISTS PARTITION (day = '2026-01-01', country = 'c=d/e f')"
        f" LOCATION 's3://{lake.data}/elsewhere/'"
    )
    assert lake.rows("SELECT id, day, country FROM parts") == [["1", "2026-01-01", "c=d/e f"]]
    lake.run("MSCK REPAIR TABLE parts")
    assert lake.rows("SELECT id FROM parts WHERE day > date '2026-01-01'") == [["2"]]
    assert len(lake.rows("SHOW PARTITIONS parts")) == 2
    again = f"ALTER TABLE parts ADD PARTITION (day = '2026-01-01', country = 'c=d/e f') LOCATION 's3://{lake.data}/x/'"
    assert lake.failure(again).startswith("PARTITION_ALREADY_EXISTS")
    assert lake.failure("ALTER TABLE parts ADD PARTITION (year = '1')").startswith("INVALID_PARTITION")


def test_projections_by_number_and_by_list(lake):
    for year, kind in ((2025, "a"), (2026, "a"), (2026, "b")):
        lake.put(f"proj/{year}/{kind}/x.parquet", parquet(f"SELECT '{kind}{year}' AS id"))
    projection = {
        "projection.enabled": "true",
        "projection.year.type": "integer",
        "projection.year.range": "2026,2030",
        "projection.kind.type": "enum",
        "projection.kind.values": "a,c",
        "storage.location.template": f"s3://{lake.data}/proj/${{year}}/${{kind}}",
    }
    lake.table("proj", {"id": "string"}, {"year": "int", "kind": "string"}, parameters=projection)
    assert lake.rows("SELECT id, year, kind FROM proj") == [["a2026", "2026", "a"]]


def test_views_are_made_read_and_replaced(lake):
    lake.put("o/a.parquet", parquet("SELECT 1 AS id, 2.5::DOUBLE AS price"))
    lake.table("o", {"id": "int", "price": "double"})
    lake.run("CREATE VIEW cheap AS SELECT id, price AS p FROM o WHERE price < 3")
    lake.run("CREATE VIEW shop.cheaper AS SELECT p FROM cheap")
    assert lake.rows("SELECT * FROM cheaper") == [["2.5"]]
    stored = lake.glue.get_table(DatabaseName="shop", Name="cheap")["Table"]
    assert (stored["TableType"], stored["Parameters"]["presto_view"]) == ("VIRTUAL_VIEW", "true")
    assert [column["Type"] for column in stored["StorageDescriptor"]["Columns"]] == ["int", "double"]
    assert lake.failure("CREATE VIEW cheap AS SELECT 1 AS x").startswith("TABLE_ALREADY_EXISTS")
    lake.run("CREATE OR REPLACE VIEW cheap AS SELECT 1 AS x, 2 AS p")
    assert lake.rows("SELECT x FROM cheap") == [["1"]]
    lake.run("CREATE OR REPLACE VIEW cheap AS SELECT 1 AS x")
    assert lake.failure("SELECT * FROM cheaper").startswith("COLUMN_NOT_FOUND")
    lake.run("DROP VIEW cheaper")
    assert lake.failure("SELECT * FROM cheaper").startswith("TABLE_NOT_FOUND")
    assert lake.failure("DROP TABLE cheap").startswith("INVALID_TABLE")


def test_a_view_whose_columns_have_changed_is_stale(lake):
    lake.put("o/a.parquet", parquet("SELECT 1 AS id"))
    lake.table("o", {"id": "int"})
    lake.run("CREATE VIEW v AS SELECT * FROM o")
    table = lake.glue.get_table(DatabaseName="shop", Name="o")["Table"]
    storage = {**table["StorageDescriptor"], "Columns": [{"Name": "other", "Type": "int"}]}
    lake.glue.update_table(
        DatabaseName="shop", TableInput={"Name": "o", "StorageDescriptor": storage, "PartitionKeys": []}
    )
    assert lake.failure("SELECT * FROM v").startswith("VIEW_IS_STALE")


def test_tables_are_made_of_queries(lake):
    made = lake.run(
        f"CREATE TABLE made WITH (format = 'PARQUET', external_location = 's3://{lake.data}/made/',"
        " partitioned_by = ARRAY['k']) AS SELECT 1 AS id, CAST(1.5 AS decimal(5,2)) AS price, 'a' AS k"
        " UNION ALL SELECT 2, 2.5, 'b'"
    )
    assert (made["StatementType"], made["Statistics"]["DataScannedInBytes"]) == ("DDL", 0)
    assert lake.rows("SELECT id, price, k FROM made WHERE k = 'b'") == [["2", "2.50", "b"]]
    answer = lake.athena.get_query_results(QueryExecutionId=made["QueryExecutionId"])
    assert answer["UpdateCount"] == 2
    assert lake.failure("CREATE TABLE made AS SELECT 1 AS x").startswith("TABLE_ALREADY_EXISTS")
    lake.run("CREATE TABLE IF NOT EXISTS made AS SELECT 1 AS x")
    lake.run("DROP TABLE made")
    again = f"CREATE TABLE made WITH (external_location = 's3://{lake.data}/made/') AS SELECT 1 AS x"
    assert lake.failure(again).startswith("HIVE_PATH_ALREADY_EXISTS")
    assert "only PARQUET" in lake.failure("CREATE TABLE o WITH (format = 'ORC') AS SELECT 1 AS x")
    wrong = "CREATE TABLE o WITH (partitioned_by = ARRAY['k']) AS SELECT 'a' AS k, 1 AS x"
    assert lake.failure(wrong).startswith("INVALID_TABLE_PROPERTY")
    lake.run("CREATE TABLE own AS SELECT 7 AS x")
    location = lake.glue.get_table(DatabaseName="shop", Name="own")["Table"]["StorageDescriptor"]["Location"]
    assert location.startswith(f"s3://{lake.results}/athena/tables/")
    assert lake.rows("SELECT x FROM own") == [["7"]]


def test_rows_are_inserted(lake):
    lake.table("i", {"id": "int", "name": "string"}, {"day": "string"})
    inserted = lake.run("INSERT INTO i VALUES (1, 'a', '2026-01-01'), (2, 'b', '2026-01-02')")
    answer = lake.athena.get_query_results(QueryExecutionId=inserted["QueryExecutionId"])
    assert answer["UpdateCount"] == 2
    lake.run("INSERT INTO shop.i (day, id) SELECT '2026-01-02', 3")
    assert lake.rows("SELECT id, name FROM i WHERE day = '2026-01-02' ORDER BY id") == [["2", "b"], ["3", None]]
    assert lake.failure("INSERT INTO i SELECT 1").startswith("TYPE_MISMATCH: Insert query has mismatched column")
    lake.table("text", {"id": "int"}, storage=serde(JSON))
    assert "INSERT INTO a table of json files" in lake.failure("INSERT INTO text VALUES (1)")


def test_results_are_unloaded(lake):
    place = f"s3://{lake.data}/out/"
    lake.run(f"UNLOAD (SELECT 1 AS id, 'a' AS k) TO '{place}' WITH (format = 'PARQUET', partitioned_by = ARRAY['k'])")
    keys = [entry["Key"] for entry in lake.s3.list_objects_v2(Bucket=lake.data, Prefix="out/")["Contents"]]
    assert len(keys) == 1
    assert keys[0].startswith("out/k=a/")
    assert lake.failure(f"UNLOAD (SELECT 1 AS id) TO '{place}'").startswith("HIVE_PATH_ALREADY_EXISTS")


def test_external_tables_are_made(lake):
    lake.run(
        "CREATE EXTERNAL TABLE IF NOT EXISTS shop.ext (id int, s struct<x:int,y:array<string>>)"
        " PARTITIONED BY (d string)"
        " ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')"
        f" LOCATION 's3://{lake.data}/ext/' TBLPROPERTIES ('classification' = 'json')"
    )
    lake.put("ext/d=1/a.json", '{"id": 1, "s": {"x": 2, "y": ["z"]}}')
    lake.run("MSCK REPAIR TABLE ext")
    assert lake.rows("SELECT id, s.x, s.y[1], d FROM ext") == [["1", "2", "z", "1"]]
    lake.run(
        "CREATE EXTERNAL TABLE lines (id int, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '|'"
        f" LOCATION 's3://{lake.data}/lines/'"
    )
    lake.put("lines/a.txt", "1|one\n")
    assert lake.rows("SELECT id, name FROM lines") == [["1", "one"]]


def test_the_catalog_is_shown(lake):
    lake.table("a", {"id": "int"}, {"day": "string"})
    lake.table("b", {"id": "int"})
    lake.run("CREATE DATABASE IF NOT EXISTS other")
    assert lake.rows("SHOW DATABASES") == [["other"], ["shop"]]
    assert lake.rows("SHOW TABLES") == [["a"], ["b"]]
    assert lake.rows("SHOW TABLES IN shop 'b*'") == [["b"]]
    assert lake.rows("SHOW COLUMNS IN a") == [["id"], ["day"]]
    described = [row[0].split("\t")[:2] for row in lake.rows("DESCRIBE shop.a")]
    assert [[cell.strip() for cell in row] for row in described[:2]] == [["id", "int"], ["day", "string"]]
    assert lake.failure("CREATE DATABASE other").startswith("SCHEMA_ALREADY_EXISTS")
    assert lake.failure("DROP DATABASE shop").startswith("SCHEMA_NOT_EMPTY")
    lake.run("DROP DATABASE other")
    assert lake.rows("SHOW SCHEMAS") == [["shop"]]
    execution = lake.run("SHOW TABLES")
    assert execution["StatementType"] == "UTILITY"
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location.endswith(".txt")
    body = lake.s3.get_object(Bucket=lake.results, Key=location.split("/", 3)[3])["Body"].read()
    assert body == b"a\nb\n"


def test_results_are_announced_as_other_objects_are(lake, aws, account):
    url, arn = queue(aws, account, "results")
    policy = json.dumps(lets_bucket_send(arn, lake.results, account))
    aws.client("sqs", account).set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    notify(aws, account, lake.results, arn)
    execution = lake.run("SELECT 1")
    # The first message is S3's test of the queue.
    event = json.loads(receive(aws, account, url, 2)[1]["Body"])
    assert execution["QueryExecutionId"] in event["Records"][0]["s3"]["object"]["key"]


def test_buckets_of_other_accounts_are_not_read(lake, aws):
    other = Lake(aws, f"3{lake.account[1:]}")
    other.put("secret/a.parquet", parquet("SELECT 1 AS id"))
    lake.table("secret", {"id": "int"}, storage={"Location": f"s3://{other.data}/secret/"})
    assert lake.failure("SELECT * FROM secret").startswith("PERMISSION_DENIED: Access Denied")


class TestWorkgroups:
    """What a workgroup demands."""

    def test_its_settings_are_enforced(self, lake):
        own = {"ResultConfiguration": {"OutputLocation": f"s3://{lake.data}/mine/"}}
        location = lake.run("SELECT 1", **own)["ResultConfiguration"]["OutputLocation"]
        assert location.startswith(f"s3://{lake.results}/athena/")
        lake.athena.update_work_group(
            WorkGroup="analysts", ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
        )
        location = lake.run("SELECT 1", **own)["ResultConfiguration"]["OutputLocation"]
        assert location.startswith(f"s3://{lake.data}/mine/")

    def test_too_much_is_not_scanned(self, lake):
        lake.put("big/a.parquet", parquet("SELECT i AS id, md5(i::VARCHAR) AS t FROM range(400000) AS r(i)"))
        lake.table("big", {"id": "bigint", "t": "string"})
        lake.athena.update_work_group(
            WorkGroup="analysts", ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000}
        )
        status = lake.finished(lake.start("SELECT max(reverse(t)) FROM big"))["Status"]
        assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
        assert lake.rows("SELECT count(*) FROM big") == [["400000"]]

    def test_a_disabled_one_runs_nothing(self, lake):
        lake.athena.update_work_group(WorkGroup="analysts", State="DISABLED")
        refused = refusal(lambda: lake.start("SELECT 1"))
        assert refused == (400, "InvalidRequestException", "WorkGroup analysts is disabled.")

    def test_results_need_a_place(self, lake):
        assert refusal(lambda: lake.start("SELECT 1", WorkGroup="primary"))[2].startswith("No output location provided")
        own = {"ResultConfiguration": {"OutputLocation": f"s3://{lake.data}/mine"}}
        assert lake.run("SELECT 1", WorkGroup="primary", **own)
        assert refusal(lambda: lake.start("SELECT 1", WorkGroup="none"))[2] == "WorkGroup none is not found."

    def test_executions_are_listed_by_workgroup(self, lake):
        execution = lake.run("SELECT 1")["QueryExecutionId"]
        assert lake.athena.list_query_executions(WorkGroup="analysts")["QueryExecutionIds"] == [execution]
        found = lake.athena.batch_get_query_execution(QueryExecutionIds=[execution, "none"])
        assert [one["QueryExecutionId"] for one in found["QueryExecutions"]] == [execution]
        assert found["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"] == "none"
        timeline = lake.athena.get_query_runtime_statistics(QueryExecutionId=execution)["QueryRuntimeStatistics"]
        assert timeline["Rows"]["OutputRows"] == 1
