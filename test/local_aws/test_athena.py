"""Athena: statements run on DuckDB over the embedded Glue catalog and S3."""

import pytest

from .helpers import refusal
from .lake_tables import Lake, parquet


@pytest.fixture(scope="module")
def lake(aws):
    lake = Lake(aws, "199000000001")
    orders = "SELECT i AS id, 'o-' || i AS name, CAST(i * 1.25 AS DECIMAL(10,2)) AS price, (i % 3)::BIGINT AS shop"
    rows = f"{orders} FROM range({{}}, {{}}) AS r(i)"
    lake.put("orders/ingest_date=2026-01-01/a.parquet", parquet(rows.format(0, 3)))
    lake.put("orders/ingest_date=2026-01-02/b.parquet", parquet(rows.format(3, 5)))
    columns = {"id": "bigint", "name": "string", "price": "decimal(10,2)", "shop": "bigint", "added": "string"}
    projection = {
        "projection.enabled": "true",
        "projection.ingest_date.type": "date",
        "projection.ingest_date.format": "yyyy-MM-dd",
        "projection.ingest_date.range": "2020-01-01,NOW+1DAY",
        "storage.location.template": f"s3://{lake.data}/orders/ingest_date=${{ingest_date}}/",
    }
    lake.table("orders", columns, {"ingest_date": "string"}, parameters=projection)
    return lake


def test_projected_partitions_are_read(lake):
    assert lake.rows("SELECT ingest_date, count(*), sum(price) FROM orders GROUP BY 1 ORDER BY 1") == [
        ["2026-01-01", "3", "3.75"],
        ["2026-01-02", "2", "8.75"],
    ]


def test_a_projection_does_not_reach_days_before_its_start(lake):
    lake.put("orders/ingest_date=2019-12-31/old.parquet", parquet("SELECT 99::BIGINT AS id"))
    assert lake.rows("SELECT count(*) FROM orders WHERE id = 99") == [["0"]]


def test_a_column_that_no_file_has_is_null(lake):
    assert lake.rows("SELECT DISTINCT added FROM shop.orders") == [[None]]


def test_results_have_a_header_are_paged_and_typed(lake):
    execution = lake.run("SELECT id, price FROM orders ORDER BY id")["QueryExecutionId"]
    first = lake.athena.get_query_results(QueryExecutionId=execution, MaxResults=4)
    assert [row["Data"][0]["VarCharValue"] for row in first["ResultSet"]["Rows"]] == ["id", "0", "1", "2"]
    info = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(column["Name"], column["Type"], column["Precision"], column["Scale"]) for column in info] == [
        ("id", "bigint", 19, 0),
        ("price", "decimal", 10, 2),
    ]
    rest = lake.athena.get_query_results(QueryExecutionId=execution, NextToken=first["NextToken"])
    assert [row["Data"][0]["VarCharValue"] for row in rest["ResultSet"]["Rows"]] == ["3", "4"]
    assert "NextToken" not in rest
    assert refusal(lambda: lake.lines(execution, MaxResults=1001))[1] == "InvalidRequestException"


def test_results_are_written_as_quoted_csv(lake):
    execution = lake.run("""SELECT 'say "hi"' AS a, CAST(NULL AS varchar) AS b, 1 AS c""")
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{lake.results}/athena/{execution['QueryExecutionId']}.csv"
    key = location.split("/", 3)[3]
    body = lake.s3.get_object(Bucket=lake.results, Key=key)["Body"].read().decode()
    assert body == '"a","b","c"\n"say ""hi""",,"1"\n'


def test_values_are_written_as_athena_does(lake):
    assert lake.rows(
        "SELECT 12345678e0, 0.5e0, 1e0/3, true, date '2026-01-02', timestamp '2026-01-02 03:04:05.678',"
        " timestamp '2026-01-02 03:04:05 UTC', ARRAY[1, NULL], MAP(ARRAY['k'], ARRAY[1.5]),"
        " CAST(ROW(1, 'a') AS ROW(x int, y varchar)), 1e-4"
    )[0] == [
        *("1.2345678E7", "0.5", "0.3333333333333333", "true", "2026-01-02", "2026-01-02 03:04:05.678"),
        *("2026-01-02 03:04:05.000 UTC", "[1, null]", "{k=1.5}", "{x=1, y=a}", "1.0E-4"),
    ]


def test_only_the_columns_and_partitions_that_are_needed_are_scanned(lake):
    wide = "SELECT i AS id, repeat(md5(i::VARCHAR), 20) AS text FROM range(20000) AS r(i)"
    body = parquet(wide)
    lake.put("wide/a.parquet", body)
    lake.table("wide", {"id": "bigint", "text": "string"})

    def scanned(statement):
        return lake.run(statement)["Statistics"]["DataScannedInBytes"]

    assert scanned("SELECT max(text) FROM wide") > 0.9 * len(body)
    assert 0 < scanned("SELECT sum(id) FROM wide") < 0.5 * len(body)
    assert scanned("SELECT 1") == 0
    assert scanned("SELECT * FROM orders WHERE ingest_date = '2026-01-01'") < scanned("SELECT * FROM orders")


def test_the_engine_takes_time(lake):
    statistics = lake.run("SELECT count(*) FROM orders")["Statistics"]
    assert statistics["TotalExecutionTimeInMillis"] >= statistics["EngineExecutionTimeInMillis"] > 0


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT * FROM nothing", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nothing' does not exist"),
        ("SELECT *\nFROM nowhere.orders", "SCHEMA_NOT_FOUND: line 2:6: Schema 'nowhere' does not exist"),
        ("SELECT id,\n  nme FROM orders", "COLUMN_NOT_FOUND: line 2:3: Column 'nme' cannot be resolved"),
        ("SELECT o.nme FROM orders o", "COLUMN_NOT_FOUND: line 1:8: Column 'o.nme' cannot be resolved"),
        ("SELECT nofunction(id) FROM orders", "FUNCTION_NOT_FOUND: line 1:8: Function 'nofunction' not registered"),
        ("SELECT id, count(*) FROM orders", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'id' must be an aggregate"),
        ("SELECT 1 / (id - id) FROM orders", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT price / (id - id) FROM orders", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT 1 FROM orders WHERE name = 5", "TYPE_MISMATCH: line 1:28: Cannot apply operator: varchar = integer"),
        (
            "SELECT 1 FROM orders WHERE date(ingest_date) >= '2026-01-01' AND id = 1",
            "TYPE_MISMATCH: line 1:33: Cannot apply operator: date >= varchar",
        ),
        ("SELECT 1 FROM orders WHERE id IN (1, 'x')", "TYPE_MISMATCH: line 1:28: IN value and list items"),
        ("SELECT 1 FROM orders WHERE id BETWEEN 'a' AND 'b'", "TYPE_MISMATCH: line 1:28: Cannot check if bigint"),
        ("SELECT shop FROM orders GROUP BY 1 HAVING max(id) > 'a'", "TYPE_MISMATCH: line 1:47: Cannot apply"),
        (
            "SELECT 1 FROM orders o WHERE EXISTS (SELECT 1 FROM orders i WHERE i.id = o.id AND i.name > 1)",
            "TYPE_MISMATCH: line 1:83: Cannot apply operator: varchar > integer",
        ),
        ("SELECT ARRAY[1][2]", "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal"),
        ("SELECT MAP(ARRAY['a'], ARRAY[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map: b"),
        ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: "),
        ("SELECT price AS p FROM orders WHERE p > 1", "COLUMN_NOT_FOUND: line 1:37: Column 'p' cannot be resolved"),
        ("MERGE INTO orders USING orders s ON true WHEN MATCHED THEN DELETE", "NOT_SUPPORTED: The embedded local AWS"),
        ("DELETE FROM orders", "NOT_SUPPORTED: The embedded local AWS does not emulate this: DELETE FROM"),
        ("SELECT * FROM shop.orders FOR VERSION AS OF 1", "NOT_SUPPORTED: shop.orders is no Iceberg table"),
        ("SELECT a, b FROM UNNEST(ARRAY[1], ARRAY[2]) AS t(a, b)", "NOT_SUPPORTED: The embedded local AWS"),
    ],
)
def test_failures_have_the_code_and_the_place_that_athena_gives(lake, statement, reason):
    assert lake.failure(statement).startswith(reason)


def test_what_is_no_sql_is_refused_when_it_is_started(lake):
    status, code, message = refusal(lambda: lake.start("SELECT id FROM orders\nWHERE AND id"))
    assert (status, code) == (400, "InvalidRequestException")
    assert message.startswith("line 2:")
    assert refusal(lambda: lake.start("SELECT 1; SELECT 2"))[2].startswith("Only one sql statement is allowed")
    assert lake.run("SELECT 1; -- the end")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("7e0 / 2", "3.5"),
        ("1e0 / 0", "Infinity"),
        ("CAST(2.5e0 AS integer)", "3"),
        ("CAST('12' AS integer)", "12"),
        ("TRY_CAST('x' AS bigint)", None),
        ("TRY(1 / 0)", None),
        ("element_at(ARRAY[1], 2)", None),
        ("ARRAY[5, 6][1]", "5"),
        ("concat('a', CAST(NULL AS varchar))", None),
        ("greatest(1, CAST(NULL AS integer))", None),
        ("date_diff('month', date '2026-01-31', date '2026-02-01')", "0"),
        ("date_diff('day', timestamp '2026-01-01 12:00:00', timestamp '2026-01-02 11:00:00')", "0"),
        ("date '2026-01-31' + interval '1' day", "2026-02-01"),
        ("date_add('month', 1, date '2026-01-31')", "2026-02-28"),
        ("date_trunc('month', date '2026-01-31')", "2026-01-01"),
        ("timestamp '2026-07-01 12:00:00 UTC' AT TIME ZONE 'Europe/Berlin'", "2026-07-01 14:00:00.000"),
        ("timestamp '2026-07-01 12:00:00' AT TIME ZONE 'Europe/Berlin'", "2026-07-01 14:00:00.000"),
        ("12 / 3 / 3", "1"),
        ("CAST(10 / 4 AS varchar)", "2"),
        ("date_format(timestamp '2026-01-02 03:04:05', '%Y-%m %H:%i')", "2026-01 03:04"),
        ("format_datetime(timestamp '2026-01-02 03:04:05', 'yyyy-MM-dd''T''HH:mm')", "2026-01-02T03:04"),
        ("CAST(timestamp '2026-01-02 03:04:05.600' AS varchar)", "2026-01-02 03:04:05.600"),
        ("CAST(from_iso8601_timestamp('2026-01-02T03:04:05Z') AS date)", "2026-01-02"),
        ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
        ("approx_distinct(x) FROM (VALUES 1, 2, 2) AS t(x)", "2"),
        ("array_join(array_agg(x ORDER BY x DESC), '-') FROM (VALUES 1, 2) AS t(x)", "2-1"),
        ("sum(x) FILTER (WHERE x > 1) FROM (VALUES 1, 2) AS t(x)", "2"),
        ("listagg(x, ',') WITHIN GROUP (ORDER BY x) FROM (VALUES 'b', 'a') AS t(x)", "a,b"),
        ("cardinality(ARRAY[1, 2])", "2"),
        ("contains(ARRAY[1, 2], 2)", "true"),
        ("count_if(x > 1) FROM (VALUES 1, 2) AS t(x)", "1"),
        ("max_by(y, x) FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y)", "b"),
        ("x FROM (VALUES 3, NULL, 1) AS t(x) ORDER BY x DESC LIMIT 1", "3"),
        ("e FROM (SELECT ARRAY[7] AS a) CROSS JOIN UNNEST(a) AS u(e)", "7"),
        ("CAST(1.5 AS decimal(10,2))", "1.50"),
        ("'a' || 'b'", "ab"),
        ("regexp_like('abc', 'b.')", "true"),
        ("substr('abcdef', 2, 3)", "bcd"),
        ("split('a,b', ',')[2]", "b"),
        ("filter(ARRAY[1, 2, 3], x -> x > 1)", "[2, 3]"),
        ("transform(ARRAY[1, 2], x -> x * 2)", "[2, 4]"),
        ("day_of_week(date '2026-01-05')", "1"),
        ("typeof(1)", "integer"),
        # Decimals keep the digits that Athena gives them.
        ("CAST(10 AS decimal(10,2)) / 4", "2.50"),
        ("DECIMAL '123.45'", "123.45"),
        ("decimal '-.5' + 1", "0.5"),
        ("CAST('1.5' AS decimal)", "2"),
        ("CAST(10 AS decimal(10,2)) / 3 / 2", "1.67"),
        ("CAST(2 AS decimal(10,2)) / CAST(3 AS decimal(10,4))", "0.6667"),
        ("avg(CAST(x AS decimal(10,2))) FROM (VALUES 1, 2, 2) AS t(x)", "1.67"),
        ("avg(CAST(x AS decimal(10,2))) FILTER (WHERE x > 1) FROM (VALUES 1, 2, 2) AS t(x)", "2.00"),
        ("sum(price) / count(*) FROM (SELECT CAST(1 AS decimal(10,2)) AS price) GROUP BY price", "1.00"),
        ("q FROM (WITH c AS (SELECT CAST(7 AS decimal(4,1)) AS x) SELECT x / 2 AS q FROM c)", "3.5"),
        # The types of aggregates are known late.
        ("sum(x) / 2 FROM (VALUES 7e0) AS t(x)", "3.5"),
        ("sum(x) / 2 FROM (VALUES 7) AS t(x)", "3"),
        ("sum(x) / nullif(sum(y), 0) FROM (VALUES (7e0, 2)) AS t(x, y)", "3.5"),
        ("count(*) / count(x) FROM (VALUES 7) AS t(x)", "1"),
        ("100.0 * (max(x) / lag(max(x)) OVER (ORDER BY y) - 1) FROM (VALUES (7e0, 2)) AS t(x, y) GROUP BY y", None),
        ("max(x) + interval '1' day FROM (VALUES date '2026-01-31') AS t(x)", "2026-02-01"),
        ("date_add('day', 1, max(x)) FROM (VALUES date '2026-01-31') AS t(x)", "2026-02-01"),
        ("date_trunc('month', min(x)) FROM (VALUES date '2026-01-31') AS t(x)", "2026-01-01"),
        (
            "date_trunc('month', min(x)) FROM (VALUES timestamp '2026-01-31 01:00:00') AS t(x)",
            "2026-01-01 00:00:00.000",
        ),
        ("CAST(avg(x) AS integer) FROM (VALUES 2e0, 3e0) AS t(x)", "3"),
        (
            "max(x) AT TIME ZONE 'Europe/Berlin' FROM (VALUES timestamp '2026-07-01 12:00:00') AS t(x)",
            "2026-07-01 14:00:00.000",
        ),
        ("round(CAST(2.345 AS decimal(10,3)), 1)", "2.300"),
        ("avg(CAST(x AS decimal(4,2))) OVER (PARTITION BY y / 2) FROM (VALUES (1, 3)) AS t(x, y)", "1.00"),
    ],
)
def test_expressions_mean_what_they_mean_in_athena(lake, expression, value):
    assert lake.value(expression) == value


def test_parameters_take_the_places_of_question_marks(lake):
    statement = "SELECT name FROM orders WHERE id = ? AND ingest_date = ?"
    assert lake.rows(statement, ExecutionParameters=["1", "'2026-01-01'"]) == [["o-1"]]
    assert lake.failure(statement, ExecutionParameters=["1"]).startswith("INVALID_PARAMETER_USAGE: Incorrect number")


def test_prepared_statements_are_executed(lake):
    lake.athena.create_prepared_statement(
        StatementName="by_id", WorkGroup="analysts", QueryStatement="SELECT name FROM orders WHERE id = ?"
    )
    assert lake.rows("EXECUTE by_id USING 2") == [["o-2"]]
    assert lake.rows("EXECUTE by_id", ExecutionParameters=["3"]) == [["o-3"]]
    assert lake.failure("EXECUTE nobody").startswith("NOT_FOUND: Prepared statement not found")


def test_a_statement_is_stopped(lake):
    slow = "SELECT count(*) FROM orders a, orders b, " + ", ".join(f"(SELECT id FROM orders) x{i}" for i in range(14))
    execution = lake.start(slow)
    lake.athena.stop_query_execution(QueryExecutionId=execution)
    status = lake.finished(execution)["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    assert refusal(lambda: lake.lines(execution))[2].endswith("Final query state: CANCELLED")


def test_a_repeated_request_starts_nothing_new(lake):
    token = "t" * 32
    assert lake.start("SELECT 1", ClientRequestToken=token) == lake.start("SELECT 1", ClientRequestToken=token)


def test_unknown_executions_are_refused(lake):
    assert refusal(lambda: lake.lines("none"))[:2] == (400, "InvalidRequestException")
