"""What the calls of RDS do to the servers of clusters."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from moto.rds.exceptions import InvalidDBClusterStateFault
from moto.rds.models import DBCluster, DBInstance, DBInstanceClustered, MasterUserSecret, RDSBackend

from local import patching

if TYPE_CHECKING:
    from local.runtimes.rds import RdsRuntime

# Others are kept as configuration, as moto does.
_ENGINE = "aurora-postgresql"


def install(runtime: RdsRuntime) -> None:
    """Connects a runtime with moto's RDS."""
    start_and_delete_servers(runtime)
    stop_and_resume_servers(runtime)
    reboot_servers(runtime)
    tell_endpoints(runtime)
    tell_status(runtime)
    manage_passwords(runtime)


def start_and_delete_servers(runtime: RdsRuntime) -> None:
    """CreateDBCluster, DeleteDBCluster: the server comes with the cluster and goes with it."""

    @patching.replace_method(RDSBackend, "create_db_cluster", "self kwargs")
    def create(original: Any, self: RDSBackend, kwargs: dict[str, Any]) -> Any:
        cluster = original(self, kwargs)
        if cluster.engine == _ENGINE:
            runtime.create(cluster, _master_password(cluster), kwargs.get("port"))
        return cluster

    @patching.replace_method(RDSBackend, "delete_db_cluster", "self cluster_identifier snapshot_name")
    def delete(original: Any, self: RDSBackend, cluster_identifier: str, snapshot_name: str | None = None) -> Any:
        cluster = original(self, cluster_identifier, snapshot_name)
        runtime.delete(cluster.db_cluster_resource_id)
        return cluster


def _master_password(cluster: Any) -> str:
    if cluster.manage_master_user_password:
        secret = cluster.master_user_secret.secret
        return json.loads(secret.versions[secret.default_version_id]["secret_string"])["password"]
    return cluster._master_user_password


def stop_and_resume_servers(runtime: RdsRuntime) -> None:
    """StopDBCluster, StartDBCluster: connections end, data and port stay."""

    @patching.replace_method(RDSBackend, "stop_db_cluster", "self cluster_identifier")
    def stop(original: Any, self: RDSBackend, cluster_identifier: str) -> Any:
        answer = original(self, cluster_identifier)
        if database := runtime.find(self.clusters[cluster_identifier]):
            database.stop()
        return answer

    @patching.replace_method(RDSBackend, "start_db_cluster", "self cluster_identifier")
    def start(original: Any, self: RDSBackend, cluster_identifier: str) -> Any:
        answer = original(self, cluster_identifier)
        if database := runtime.find(self.clusters[cluster_identifier]):
            database.resume()
        return answer


def reboot_servers(runtime: RdsRuntime) -> None:
    """RebootDBInstance: moto does nothing."""

    @patching.replace_method(RDSBackend, "reboot_db_instance", "self db_instance_identifier")
    def reboot(original: Any, self: RDSBackend, db_instance_identifier: str) -> Any:
        instance = original(self, db_instance_identifier)
        database = runtime.find(instance.cluster) if isinstance(instance, DBInstanceClustered) else None
        if database:
            database.stop()
            database.resume()
        return instance


def tell_endpoints(runtime: RdsRuntime) -> None:
    """DescribeDBClusters, DescribeDBInstances: where the server really listens."""

    for name in ("endpoint", "reader_endpoint"):

        @patching.replace_property(DBCluster, name)
        def endpoint(original: Any, self: Any) -> str:
            database = runtime.find(self)
            return database.host if database else original(self)

    @patching.replace_property(DBInstance, "endpoint")
    def of_instance(original: Any, self: Any) -> dict[str, Any]:
        database = runtime.find(self.cluster) if isinstance(self, DBInstanceClustered) else None
        return {"Address": database.host, "Port": database.port} if database else original(self)


def tell_status(runtime: RdsRuntime) -> None:
    """DescribeDBClusters: `creating` until the server answers, or why it does not."""

    @patching.replace_property(DBCluster, "status")
    def status(original: Any, self: Any) -> str:
        database = runtime.find(self)
        return original(self) if database is None else database.obstacle or _settled(self)

    def _settled(cluster: Any) -> str:
        return "available" if cluster._status == "creating" else cluster._status


def manage_passwords(runtime: RdsRuntime) -> None:
    """ManageMasterUserPassword, MasterUserPassword, RotateMasterUserPassword: the server knows what the secret says."""

    @patching.replace_method(MasterUserSecret, "_generate_secret_string", "self")
    def generate(original: Any, self: Any) -> str:
        return _new_credentials(self.resource.master_username)

    @patching.replace_method(MasterUserSecret, "rotate_secret", "self")
    def rotate(original: Any, self: Any) -> None:
        value = _new_credentials(self.resource.master_username)
        self.secretsmanager.put_secret_value(self.secret.arn, value, None, None, ["AWSCURRENT"])

    @patching.replace_method(RDSBackend, "modify_db_cluster", "self kwargs")
    def modify(original: Any, self: RDSBackend, kwargs: dict[str, Any]) -> Any:
        cluster = self.clusters[kwargs["db_cluster_identifier"]]
        database = runtime.find(cluster)
        if database and database.obstacle:
            raise InvalidDBClusterStateFault(f"DBCluster {cluster.db_cluster_identifier} is {database.obstacle}")
        answer = original(self, kwargs)
        if database:
            database.change_password(cluster.master_username, _master_password(cluster))
        return answer


def _new_credentials(user: str) -> str:
    """What RDS writes into the secret of a master user."""
    return json.dumps({"username": user, "password": secrets.token_urlsafe(32)})
