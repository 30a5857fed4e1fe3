"""Gaps of moto's RDS: what Terraform relies on."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.rds.exceptions import DBSubnetGroupNotFoundError, InvalidParameterCombination, RDSClientError
from moto.rds.models import DBCluster, RDSBackend
from moto.rds.responses import RDSResponse

from local import patching
from local.postgres_binaries import server_version


def install() -> None:
    """Closes the gaps of RDS."""
    refuse_known_clusters()
    resolve_versions()
    tell_storage_of_aurora()
    tell_scaling_where_there_is_some()
    keep_performance_insights()
    tell_instances_apart()
    delete_automated_snapshots()
    demand_final_snapshots()
    change_log_exports()
    keep_changed_subnet_groups()


def refuse_known_clusters() -> None:
    """CreateDBCluster: moto puts a second cluster of a name in the place of the first."""

    @patching.replace_method(RDSBackend, "create_db_cluster", "self kwargs")
    def create(original: Any, self: RDSBackend, kwargs: dict[str, Any]) -> Any:
        if kwargs["db_cluster_identifier"] in self.clusters:
            raise RDSClientError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
        return original(self, kwargs)


def resolve_versions() -> None:
    """CreateDBCluster: a major version alone, or none, means its newest; moto has no versions. Here there is one."""
    newest = server_version()
    major = newest.split(".")[0]

    @patching.replace_method(RDSBackend, "create_db_cluster", "self kwargs")
    def create(original: Any, self: RDSBackend, kwargs: dict[str, Any]) -> Any:
        asked = kwargs.get("engine_version") or major
        if kwargs.get("engine") != "aurora-postgresql":
            return original(self, kwargs)
        if asked.split(".")[0] != major:
            text = f"Cannot find version {asked} for aurora-postgresql: the local AWS has {newest}"
            raise RDSClientError("InvalidParameterCombination", text)
        return original(self, {**kwargs, "engine_version": newest if asked == major else asked})


def tell_storage_of_aurora() -> None:
    """DescribeDBClusters: moto gives Aurora disks of EC2."""

    @patching.replace_method(RDSBackend, "create_db_cluster", "self kwargs")
    def create(original: Any, self: RDSBackend, kwargs: dict[str, Any]) -> Any:
        cluster = original(self, kwargs)
        if cluster.engine.startswith("aurora") and kwargs.get("storage_type") is None:
            cluster.storage_type = "aurora"
        return cluster


def tell_scaling_where_there_is_some() -> None:
    """DescribeDBClusters: moto gives every cluster the scaling of Aurora Serverless v1, with nothing in it."""

    @patching.replace_property(DBCluster, "scaling_configuration_info")
    def scaling(original: Any, self: DBCluster) -> Any:
        return original(self) if self.scaling_configuration else None


def keep_performance_insights() -> None:
    """CreateDBInstance, ModifyDBInstance, DescribeDBInstances: moto drops the settings of Performance Insights."""

    @patching.replace_method(RDSBackend, "create_db_instance", "self db_kwargs")
    def create(original: Any, self: RDSBackend, db_kwargs: dict[str, Any]) -> Any:
        instance = original(self, db_kwargs)
        keep(instance, {"enable_performance_insights": False, **db_kwargs})
        return instance

    @patching.replace_method(RDSBackend, "modify_db_instance", "self db_instance_identifier db_kwargs")
    def modify(original: Any, self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> Any:
        instance = original(self, db_instance_identifier, db_kwargs)
        keep(instance, db_kwargs)
        return instance

    def keep(instance: Any, settings: dict[str, Any]) -> None:
        if settings.get("enable_performance_insights") is not None:
            instance.performance_insights_enabled = settings["enable_performance_insights"]
        for name in ("performance_insights_kms_key_id", "performance_insights_retention_period"):
            if settings.get(name) is not None:
                setattr(instance, name, settings[name])


def tell_instances_apart() -> None:
    """DescribeDBInstances: moto gives all instances the same DbiResourceId."""

    @patching.replace_method(RDSBackend, "create_db_instance", "self db_kwargs")
    def create(original: Any, self: RDSBackend, db_kwargs: dict[str, Any]) -> Any:
        instance = original(self, db_kwargs)
        instance.dbi_resource_id = f"db-{mock_random.get_random_string(26).upper()}"
        return instance


def delete_automated_snapshots() -> None:
    """DeleteDBCluster: moto leaves the automated snapshots of a cluster behind."""

    @patching.replace_method(RDSBackend, "delete_db_cluster", "self cluster_identifier snapshot_name")
    def delete(original: Any, self: RDSBackend, cluster_identifier: str, snapshot_name: str | None = None) -> Any:
        cluster = original(self, cluster_identifier, snapshot_name)
        for name, snapshot in list(self.cluster_snapshots.items()):
            if (snapshot.db_cluster_identifier, snapshot.snapshot_type) == (cluster.resource_id, "automated"):
                del self.cluster_snapshots[name]
        return cluster


def demand_final_snapshots() -> None:
    """DeleteDBCluster: moto also deletes when nothing is said of a last snapshot."""

    @patching.replace_method(RDSResponse, "delete_db_cluster", "self")
    def delete(original: Any, self: RDSResponse) -> ActionResult:
        is_skipped, name = self.params.get("SkipFinalSnapshot"), self.params.get("FinalDBSnapshotIdentifier")
        if bool(is_skipped) == bool(name):
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier can not be specified when deleting a cluster and skipping final snapshot"
                if name
                else "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )
        return original(self)


def change_log_exports() -> None:
    """ModifyDBCluster: moto ignores CloudwatchLogsExportConfiguration."""

    @patching.replace_method(RDSBackend, "modify_db_cluster", "self kwargs")
    def modify(original: Any, self: RDSBackend, kwargs: dict[str, Any]) -> Any:
        change = kwargs.pop("cloudwatch_logs_export_configuration", None) or {}
        cluster = self.clusters[kwargs["db_cluster_identifier"]]
        kept = set(cluster.enabled_cloudwatch_logs_exports) - set(change.get("DisableLogTypes") or [])
        cluster.enabled_cloudwatch_logs_exports = sorted(kept | set(change.get("EnableLogTypes") or []))
        return original(self, kwargs)


def keep_changed_subnet_groups() -> None:
    """ModifyDBSubnetGroup: moto loses the group."""

    @patching.replace_method(RDSBackend, "modify_db_subnet_group", "self subnet_name description subnets")
    def modify(original: Any, self: RDSBackend, subnet_name: str, description: str, subnets: list[Any]) -> Any:
        if subnet_name not in self.subnet_groups:
            raise DBSubnetGroupNotFoundError(subnet_name)
        group = original(self, subnet_name, description, subnets)
        self.subnet_groups[subnet_name] = group
        return group
