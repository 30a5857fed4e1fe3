"""Marts of pinned inputs: replaced as a whole, skipped, or refused."""

from __future__ import annotations

import pytest
from pyspark.sql.functions import col, lit

from jobs import curate as job
from lake_spark.contracts import Column
from lake_spark.curate_inputs import InputMissingError
from lake_spark.curate_pipelines import Code
from lake_spark.errors import ArgumentsError
from lake_spark.session import CATALOG

from .curate_support import COLUMNS, Marts, full_name, other, pipeline, sums
from .support import contract


@pytest.fixture
def marts(spark, tmp_path):
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOG}.curated_sales")
    return Marts(spark, str(tmp_path))


class TestMade:
    def test_a_mart_has_the_rows_columns_and_comments_and_says_what_it_is_made_of(self, marts):
        first, second = marts.dataset({"id": "a", "n": 1}, {"id": "b", "n": 2}), marts.dataset({"id": "a", "n": 5})
        of = pipeline(first, second, freshness="24h", quality=("RowCount > 1", 'ColumnValues "n" > 0'))
        result = marts.curate(of)
        assert marts.rows(of) == [("a", 6), ("b", 2)]
        described = marts.spark.sql(f"DESCRIBE TABLE EXTENDED {full_name(of)}").collect()
        said = {row["col_name"]: (row["data_type"], row["comment"]) for row in reversed(described)}
        assert (said["id"], said["n"][0]) == (("string", "What it is"), "bigint")
        assert said["Comment"][0] == of.description
        assert said["Location"][0] == f"{marts.root}/marts/sales/{of.name}"
        assert "write.metadata.delete-after-commit.enabled=true" in said["Table Properties"][0]
        [commit] = marts.commits(of)
        noted = {name: value for name, value in commit.items() if name.startswith("lake.")}
        versions = {f"lake.input.{given.id}": marts.snapshot(given) for given in (first, second)}
        assert noted == {"lake.batch-id": "b1", "lake.code": "c1", **versions}
        table = f"curated_sales.{of.name}"
        assert marts.catalogue.said[table] == {
            "owner": "sales-data@example.com",
            "data_classification": "confidential",
            "freshness": "24h",
        }
        assert (result["layer"], result["job"], result["status"], result["reason"]) == (
            "curate",
            of.id,
            "succeeded",
            None,
        )
        assert result["rows"] == {"in": 3, "out": 2}
        assert result["inputs"][first.id] == {
            "table": f"refined_sales.{first.dataset}",
            "snapshotId": marts.snapshot(first),
            "rows": 2,
        }
        assert result["tables"][table]["rows"] == 2
        assert {rule["rule"]: rule["outcome"] for rule in result["quality"]} == {
            'IsComplete "id"': "Passed",
            'IsPrimaryKey "id"': "Passed",
            "RowCount > 1": "Passed",
            'ColumnValues "n" > 0': "Passed",
        }

    def test_new_data_replaces_all_rows_in_one_commit_and_the_old_ones_stay_readable(self, marts):
        given = marts.dataset({"id": "a", "n": 1}, {"id": "b", "n": 2})
        of = pipeline(given)
        before = marts.curate(of)["tables"][f"curated_sales.{of.name}"]["snapshotId"]
        marts.add(given, {"id": "a", "n": 10})
        after = marts.curate(of, lambda inputs: sums(inputs).where("id = 'a'"), "b2", "c2")
        assert after["status"] == "succeeded"
        assert marts.rows(of) == [("a", 11)]
        assert marts.rows(of, before) == [("a", 1), ("b", 2)]
        assert [commit["lake.batch-id"] for commit in marts.commits(of)] == ["b1", "b2"]

    def test_files_are_sorted_by_the_key(self, marts):
        given = marts.dataset(*({"id": f"{number * 37 % 100:02}", "n": 1} for number in range(100)))
        of = pipeline(given)
        marts.curate(of)
        assert marts.spark.table(f"{full_name(of)}.files").count() == 1
        stored = [row["id"] for row in marts.spark.table(full_name(of)).collect()]
        assert stored == sorted(stored)

    def test_a_run_reads_the_version_it_pinned_even_when_an_input_changes_meanwhile(self, marts):
        given = marts.dataset({"id": "a", "n": 1})
        of = pipeline(given)

        def transform(inputs):
            marts.add(given, {"id": "late", "n": 1})
            return sums(inputs)

        result = marts.curate(of, transform)
        assert marts.rows(of) == [("a", 1)]
        assert result["inputs"][given.id]["snapshotId"] != marts.snapshot(given)
        assert marts.curate(of, batch_id="b2")["status"] == "succeeded"
        assert marts.rows(of) == [("a", 1), ("late", 1)]

    def test_transforms_see_the_columns_of_the_contract_and_nothing_else(self, marts):
        given = marts.dataset({"id": "a", "n": 1})
        marts.contracts[given.id] = contract(
            *given.columns, Column("later", "date"), id=given.id, dataset=given.dataset
        )
        seen = {}

        def transform(inputs):
            seen.update({name: frame.dtypes for name, frame in inputs.items()})
            return sums(inputs)

        marts.curate(pipeline(given), transform)
        assert seen == {given.id: [("id", "string"), ("n", "int"), ("later", "date")]}

    def test_the_clear_table_is_read_only_where_the_configuration_says_so(self, marts):
        columns = (Column("id", "string", required=True, mask="hash"), Column("n", "int"))
        given = marts.dataset({"id": "hash", "n": 1}, columns=columns)
        marts.add(given, {"id": "person", "n": 1}, clear=True)
        masked, clear = pipeline(given), pipeline(given, clear=(given.id,))
        result = marts.curate(clear)
        marts.curate(masked)
        assert (marts.rows(masked), marts.rows(clear)) == ([("hash", 1)], [("person", 1)])
        assert result["inputs"][given.id]["table"] == f"refined_sales_clear.{given.dataset}"

    def test_an_input_without_masks_has_no_clear_table(self, marts):
        given = marts.dataset({"id": "a", "n": 1})
        of = pipeline(given, clear=(given.id,))
        marts.curate(of)
        assert marts.rows(of) == [("a", 1)]

    def test_an_input_that_was_never_written_is_empty(self, marts):
        first, second = marts.dataset({"id": "a", "n": 1}), marts.dataset()
        of = pipeline(first, second)
        assert marts.curate(of)["inputs"][second.id]["snapshotId"] == "none"
        assert marts.curate(of, batch_id="b2")["status"] == "unchanged"
        marts.add(second, {"id": "b", "n": 1})
        assert marts.curate(of, batch_id="b3")["status"] == "succeeded"
        assert marts.rows(of) == [("a", 1), ("b", 1)]

    def test_a_mart_may_be_empty_unless_a_rule_says_otherwise(self, marts):
        given = marts.dataset({"id": "a", "n": 1})
        of = pipeline(given, quality=('Completeness "n" > 0.5',))
        marts.curate(of)
        assert marts.curate(of, lambda inputs: sums(inputs).where("false"), "b2", "c2")["status"] == "succeeded"
        assert marts.rows(of) == []
        assert marts.curate(of, lambda inputs: sums(inputs).where("false"), "b3", "c2")["status"] == "unchanged"

    def test_inputs_that_do_not_exist_are_all_named(self, marts):
        given = marts.dataset({"id": "a", "n": 1})
        missing = [contract(), contract()]
        marts.contracts |= {of.id: of for of in missing}
        with pytest.raises(InputMissingError) as caught:
            marts.curate(pipeline(given, *missing))
        assert all(of.id in str(caught.value) for of in missing)
        assert given.id not in str(caught.value)
        assert not marts.documents.written


class TestUnchanged:
    def test_the_same_data_and_code_make_nothing_again(self, marts):
        given = marts.dataset({"id": "a", "n": 1})
        of = pipeline(given)
        first = marts.curate(of)
        again = marts.curate(of, batch_id="b2")
        assert (again["status"], again["tables"], again["rows"]) == ("unchanged", first["tables"], {"in": 1, "out": 1})
        assert marts.calls == 1
        assert len(marts.commits(of)) == 1

    def test_other_code_makes_it_anew(self, marts):
        of = pipeline(marts.dataset({"id": "a", "n": 1}))
        marts.curate(of)
        assert marts.curate(of, batch_id="b2", code="c2")["status"] == "succeeded"
        assert marts.calls == 2

    def test_compaction_of_an_input_and_of_the_mart_is_no_change(self, marts):
        given = marts.dataset()
        for number in range(6):
            marts.add(given, {"id": f"i{number}", "n": 1})
        of = pipeline(given)
        marts.curate(of)
        for table in (f"refined_sales.{given.dataset}", f"curated_sales.{of.name}"):
            options = "map('rewrite-all', 'true')"
            marts.spark.sql(f"CALL {CATALOG}.system.rewrite_data_files(table => '{table}', options => {options})")
        assert marts.commits(of)[-1].get("lake.code") is None
        assert marts.curate(of, batch_id="b2")["status"] == "unchanged"
        marts.add(given, {"id": "i0", "n": 1})
        assert marts.curate(of, batch_id="b3")["status"] == "succeeded"

    def test_another_list_of_inputs_makes_it_anew(self, marts):
        first, second = marts.dataset({"id": "a", "n": 1}), marts.dataset({"id": "b", "n": 1})
        of = pipeline(first, second)
        marts.curate(of)
        assert marts.curate(other(of, inputs=(first.id,)), batch_id="b2")["status"] == "succeeded"
        assert marts.rows(of) == [("a", 1)]


class TestRefused:
    @pytest.mark.parametrize(
        ("transform", "reasons"),
        [
            (lambda inputs: sums(inputs).drop("n"), ["n (bigint) is missing"]),
            (lambda inputs: sums(inputs).withColumn("x", lit(1)), ["x (int) is not in config.yml"]),
            (
                lambda inputs: sums(inputs).select(col("id").cast("int"), col("n").cast("int").alias("m")),
                ["n (bigint) is missing", "m (int) is not in config.yml", "id is int and not string"],
            ),
            (lambda inputs: sums(inputs).select("id", "n", "n"), ["n is there twice"]),
        ],
    )
    def test_other_columns_are_refused_with_all_differences(self, marts, transform, reasons):
        of = pipeline(marts.dataset({"id": "a", "n": 1}))
        before = marts.curate(of)
        result = marts.curate(of, transform, "b2", "c2")
        assert (result["status"], result["tables"]) == ("refused", {})
        assert all(reason in result["reason"] for reason in reasons)
        assert result["reason"].startswith(of.id)
        assert marts.curate(of, batch_id="b3")["tables"] == before["tables"]

    @pytest.mark.parametrize(
        ("rows", "rules", "reason"),
        [
            ([{"id": "a", "n": 1}, {"id": None, "n": 1}], (), 'IsComplete "id" does not hold for 1 rows'),
            ([{"id": "a", "n": -1}], ('ColumnValues "n" >= 0',), 'ColumnValues "n" >= 0 does not hold'),
            ([{"id": "a", "n": 1}], ("RowCount > 5",), "RowCount > 5 does not hold"),
        ],
    )
    def test_rules_that_do_not_hold_leave_the_old_mart(self, marts, rows, rules, reason):
        good, bad = marts.dataset({"id": "old", "n": 1}), marts.dataset(*rows)
        of = pipeline(good)
        marts.curate(of)
        result = marts.curate(other(of, inputs=(bad.id,), quality=rules), batch_id="b2", code="c2")
        assert result["status"] == "refused"
        assert reason in result["reason"]
        assert "Failed" in {rule["outcome"] for rule in result["quality"]}
        assert marts.rows(of) == [("old", 1)]
        assert len(marts.commits(of)) == 1

    def test_keys_of_several_rows_are_refused(self, marts):
        of = pipeline(marts.dataset({"id": "a", "n": 1}, {"id": "b", "n": 1}))
        result = marts.curate(of, lambda inputs: sums(inputs).unionAll(sums(inputs).where("id = 'a'")))
        assert 'IsPrimaryKey "id" does not hold for 2 rows' in result["reason"]
        assert not marts.spark.catalog.tableExists(full_name(of))

    def test_an_empty_mart_breaks_a_rule_about_its_rows(self, marts):
        of = pipeline(marts.dataset(), quality=("RowCount > 0", 'Completeness "n" = 1.0'))
        result = marts.curate(of)
        assert result["status"] == "refused"
        assert [rule["rule"] for rule in result["quality"] if rule["outcome"] == "Failed"] == ["RowCount > 0"]

    def test_a_refused_run_is_not_remembered_as_done(self, marts):
        given = marts.dataset({"id": "a", "n": -1})
        of = pipeline(given, quality=('ColumnValues "n" >= 0',))
        assert marts.curate(of)["status"] == "refused"
        assert marts.curate(of, batch_id="b2")["status"] == "refused"
        marts.add(given, {"id": "a", "n": 2})
        assert marts.curate(of, batch_id="b3")["status"] == "succeeded"


class TestReshaped:
    def test_other_columns_come_with_the_rows_in_the_same_commit(self, marts):
        given = marts.dataset({"id": "a", "n": 1})
        of = pipeline(given)
        before = marts.curate(of)["tables"][f"curated_sales.{of.name}"]["snapshotId"]
        columns = (Column("place", "int", "New"), Column("id", "string", "Now said otherwise", required=True))
        result = marts.curate(
            other(of, columns=columns, description="Said anew"),
            lambda inputs: inputs[given.id].select("id", lit(7).alias("place")),
            "b2",
            "c2",
        )
        assert result["status"] == "succeeded"
        assert marts.rows(of) == [(7, "a")]
        assert marts.rows(of, before) == [("a", 1)]
        assert [commit["lake.batch-id"] for commit in marts.commits(of)] == ["b1", "b2"]
        fields = {field.name: field.metadata.get("comment") for field in marts.spark.table(full_name(of)).schema}
        assert fields == {"place": "New", "id": "Now said otherwise"}

    def test_a_type_that_becomes_another_is_no_obstacle_for_what_is_made_anew(self, marts):
        of = pipeline(marts.dataset({"id": "a", "n": 1}))
        marts.curate(of)
        text = other(of, columns=(COLUMNS[0], Column("n", "string")))
        marts.curate(text, lambda inputs: sums(inputs).withColumn("n", col("n").cast("string")), "b2", "c2")
        assert marts.rows(of) == [("a", "1")]


class TestJob:
    ARGUMENTS = (
        *(
            "--JOB_NAME",
            "lake-curate-sales-m",
            "--JOB_RUN_ID",
            "jr_7",
            "--batch_id",
            "b1",
            "--curated_bucket",
            "curated",
        ),
        *("--manifest", "s3://curated/batch.json", "--result", "s3://curated/run.json", "--pipeline"),
    )

    @pytest.fixture
    def run(self, marts, monkeypatch):
        """The job's main function with this test's Spark, storage and catalog."""

        def run(of):
            monkeypatch.setattr(job.boto3, "client", lambda service: None)
            monkeypatch.setattr(job, "load_contracts", lambda: marts.contracts)
            monkeypatch.setattr(job, "load_pipeline", lambda name: (of, Code(sums, "c1")))
            monkeypatch.setattr(job, "S3Documents", lambda client: marts.documents)
            monkeypatch.setattr(job, "GlueCatalogue", lambda client: marts.catalogue)
            monkeypatch.setattr(type(marts.spark), "stop", lambda session: None)
            job.main([*self.ARGUMENTS, of.id])

        return run

    def test_arguments_and_manifest_lead_to_a_mart_and_a_result(self, marts, run):
        given = marts.dataset({"id": "a", "n": 1})
        of = pipeline(given)
        manifest = {"job": of.id, "batchId": "b1", "inputs": [given.id]}
        marts.documents.write("s3://curated/batch.json", manifest)
        run(of)
        result = marts.documents.read("s3://curated/run.json")
        assert (result["job"], result["batchId"], result["runId"], result["status"]) == (
            of.id,
            "b1",
            "jr_7",
            "succeeded",
        )
        assert marts.rows(of) == [("a", 1)]
        table = marts.spark.sql(f"DESCRIBE TABLE EXTENDED {full_name(of)}").where("col_name = 'Location'")
        assert table.collect()[0]["data_type"] == f"s3://curated/marts/sales/{of.name}"

    def test_a_manifest_of_another_batch_is_refused(self, marts, run):
        of = pipeline(marts.dataset({"id": "a", "n": 1}))
        marts.documents.write("s3://curated/batch.json", {"job": of.id, "batchId": "b0", "inputs": []})
        with pytest.raises(ArgumentsError, match="batch b0: give that of --batch_id b1"):
            run(of)
