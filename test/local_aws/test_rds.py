"""Aurora PostgreSQL: clusters with a real server behind their endpoint."""

import json
import socket
import ssl
from contextlib import closing

import pg8000.dbapi
import pytest
from botocore.exceptions import ClientError

from local.postgres_certificates import Authority
from local.runtimes import rds_authority

from .conftest import wait_until

NAME = "lake"


@pytest.fixture
def rds(aws, account):
    client = aws.client("rds", account)
    yield client
    for cluster in client.describe_db_clusters()["DBClusters"]:
        remove(client, cluster["DBClusterIdentifier"])


def remove(rds, name=NAME):
    for member in describe(rds, name)["DBClusterMembers"]:
        rds.delete_db_instance(DBInstanceIdentifier=member["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    rds.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=False)
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


def describe(rds, name=NAME):
    return rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def create(rds, name=NAME, **settings):
    request = {
        "DBClusterIdentifier": name,
        "Engine": "aurora-postgresql",
        "EngineVersion": "17.5",
        "DatabaseName": "freight",
        "MasterUsername": "lake_master",
        "StorageEncrypted": True,
    }
    if "MasterUserPassword" not in settings:
        request["ManageMasterUserPassword"] = True
    assert rds.create_db_cluster(**request, **settings)["DBCluster"]["Status"] == "creating"
    return wait_until(lambda: (found := describe(rds, name))["Status"] != "creating" and found)


def credentials(aws, account, cluster):
    secret = aws.client("secretsmanager", account).get_secret_value(SecretId=cluster["MasterUserSecret"]["SecretArn"])
    return json.loads(secret["SecretString"])


def connect(cluster, username, password, database="freight"):
    # The server is another process, with an authority of its own.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return closing(
        pg8000.dbapi.connect(
            user=username,
            password=password,
            host=cluster["Endpoint"],
            port=cluster["Port"],
            database=database,
            ssl_context=context,
        )
    )


def ask(connection, statement):
    cursor = connection.cursor()
    cursor.execute(statement)
    return cursor.fetchall()


def test_a_cluster_is_a_database_that_its_master_user_owns(aws, account, rds):
    cluster = create(rds)
    assert (cluster["Status"], cluster["Endpoint"]) == ("available", "127.0.0.1")
    with connect(cluster, **credentials(aws, account, cluster)) as connection:
        cursor = connection.cursor()
        cursor.execute("create table orders (id int primary key)")
        cursor.execute("create role lake_reader login password 'any'")
        cursor.execute("grant select on orders to lake_reader")
        connection.commit()
        assert ask(connection, "select rolsuper from pg_roles where rolname = current_user") == ([False],)


def test_the_masters_secret_is_encrypted_with_the_key_that_was_given(aws, account, rds):
    key = aws.client("kms", account).create_key()["KeyMetadata"]["Arn"]
    cluster = create(rds, MasterUserSecretKmsKeyId=key)
    secret = cluster["MasterUserSecret"]
    assert (secret["KmsKeyId"], secret["SecretStatus"]) == (key, "active")
    described = aws.client("secretsmanager", account).describe_secret(SecretId=secret["SecretArn"])
    assert described["Name"].startswith("rds!cluster-")
    assert described["OwningService"] == "rds"
    assert credentials(aws, account, cluster)["username"] == "lake_master"


def test_a_new_password_counts_and_the_old_one_does_not(aws, account, rds):
    cluster = create(rds)
    old = credentials(aws, account, cluster)
    rds.modify_db_cluster(DBClusterIdentifier=NAME, RotateMasterUserPassword=True, ApplyImmediately=True)
    new = credentials(aws, account, cluster)
    assert new["password"] != old["password"]
    with connect(cluster, **new) as connection:
        assert ask(connection, "select 1") == ([1],)
    with pytest.raises(pg8000.dbapi.DatabaseError, match="password authentication failed"):
        connect(cluster, **old)


def test_a_password_of_ones_own(rds):
    cluster = create(rds, MasterUserPassword="one's-own-secret")
    assert "MasterUserSecret" not in cluster
    with connect(cluster, "lake_master", "one's-own-secret") as connection:
        assert ask(connection, "select 1") == ([1],)


def test_a_port_that_is_named_is_the_port(rds):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    cluster = create(rds, MasterUserPassword="any-password", Port=port)
    assert cluster["Port"] == port
    with connect(cluster, "lake_master", "any-password") as connection:
        assert ask(connection, "show port") == ([str(port)],)


def test_an_instance_is_where_its_cluster_is(rds):
    create(rds)
    rds.create_db_instance(
        DBInstanceIdentifier="one",
        DBClusterIdentifier=NAME,
        DBInstanceClass="db.serverless",
        Engine="aurora-postgresql",
        PubliclyAccessible=False,
    )
    instance = rds.describe_db_instances(DBInstanceIdentifier="one")["DBInstances"][0]
    cluster = describe(rds)
    assert (instance["Endpoint"]["Address"], instance["Endpoint"]["Port"]) == (cluster["Endpoint"], cluster["Port"])
    assert cluster["DBClusterMembers"][0]["IsClusterWriter"] is True


def test_settings_of_instances_are_kept(rds):
    create(rds)
    common = {"DBClusterIdentifier": NAME, "DBInstanceClass": "db.serverless", "Engine": "aurora-postgresql"}
    key = "arn:aws:kms:eu-west-1:111111111111:key/any"
    insights = {"PerformanceInsightsKMSKeyId": key, "PerformanceInsightsRetentionPeriod": 7}
    for name in ("one", "two"):
        rds.create_db_instance(DBInstanceIdentifier=name, EnablePerformanceInsights=True, **insights, **common)
    found = rds.describe_db_instances()["DBInstances"]
    assert len({instance["DbiResourceId"] for instance in found}) == 2
    assert {name: found[0][name] for name in ("PerformanceInsightsKMSKeyId", *insights)} == insights
    assert found[0]["PerformanceInsightsEnabled"] is True
    rds.modify_db_instance(DBInstanceIdentifier="one", EnablePerformanceInsights=False)
    changed = rds.describe_db_instances(DBInstanceIdentifier="one")["DBInstances"][0]
    assert changed["PerformanceInsightsEnabled"] is False
    cluster = describe(rds)
    assert cluster["StorageType"] == "aurora"
    assert "ScalingConfigurationInfo" not in cluster


def test_data_outlive_a_stop_and_a_reboot(aws, account, rds):
    cluster = create(rds)
    login = credentials(aws, account, cluster)
    with connect(cluster, **login) as connection:
        connection.cursor().execute("create table kept (id int)")
        connection.commit()
    rds.stop_db_cluster(DBClusterIdentifier=NAME)
    assert describe(rds)["Status"] == "stopped"
    with pytest.raises(pg8000.dbapi.InterfaceError):
        connect(cluster, **login)
    rds.start_db_cluster(DBClusterIdentifier=NAME)
    with connect(cluster, **login) as connection:
        assert ask(connection, "select count(*) from kept") == ([0],)


def test_a_protected_cluster_is_not_deleted(rds):
    create(rds, DeletionProtection=True)
    with pytest.raises(ClientError, match="Cannot delete protected Cluster"):
        rds.delete_db_cluster(DBClusterIdentifier=NAME, SkipFinalSnapshot=True)
    assert describe(rds)["Status"] == "available"


def test_a_deleted_cluster_leaves_nothing_but_the_snapshot_that_was_asked_for(aws, account, rds):
    cluster = create(rds)
    login = credentials(aws, account, cluster)
    with pytest.raises(ClientError, match="FinalDBSnapshotIdentifier is required"):
        rds.delete_db_cluster(DBClusterIdentifier=NAME)
    rds.delete_db_cluster(DBClusterIdentifier=NAME, FinalDBSnapshotIdentifier="last")
    assert aws.resources(account) == [("rds", "cluster-snapshot", "last")]
    with pytest.raises(pg8000.dbapi.InterfaceError):
        connect(cluster, **login)


def test_a_name_is_given_once(rds):
    create(rds)
    with pytest.raises(ClientError, match="DBClusterAlreadyExistsFault"):
        create(rds)


@pytest.mark.parametrize("asked", ["17", None])
def test_a_major_version_or_none_means_the_newest(aws, account, rds, asked):
    version = {} if asked is None else {"EngineVersion": asked}
    rds.create_db_cluster(
        DBClusterIdentifier=NAME,
        Engine="aurora-postgresql",
        MasterUsername="lake_master",
        MasterUserPassword="any-password",
        **version,
    )
    cluster = wait_until(lambda: (found := describe(rds))["Status"] == "available" and found)
    with connect(cluster, "lake_master", "any-password", "postgres") as connection:
        assert ask(connection, "show server_version") == ([cluster["EngineVersion"]],)


def test_a_version_that_is_not_here_is_refused(rds):
    with pytest.raises(ClientError, match=r"Cannot find version 16\.4 for aurora-postgresql"):
        rds.create_db_cluster(
            DBClusterIdentifier=NAME,
            Engine="aurora-postgresql",
            EngineVersion="16.4",
            MasterUsername="lake_master",
            MasterUserPassword="any-password",
        )


def test_log_exports_change(rds):
    create(rds, EnableCloudwatchLogsExports=["postgresql"])
    change = {"EnableLogTypes": ["iam-db-auth-error"], "DisableLogTypes": ["postgresql"]}
    rds.modify_db_cluster(DBClusterIdentifier=NAME, CloudwatchLogsExportConfiguration=change)
    assert describe(rds)["EnabledCloudwatchLogsExports"] == ["iam-db-auth-error"]


def test_a_changed_subnet_group_stays(aws, account, rds):
    ec2 = aws.client("ec2", account)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]
        for n, zone in enumerate("abc")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    rds.create_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="Data", SubnetIds=ids[:2])
    rds.modify_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="Data", SubnetIds=ids[1:])
    (group,) = rds.describe_db_subnet_groups(DBSubnetGroupName="data")["DBSubnetGroups"]
    assert [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == ids[1:]
    rds.delete_db_subnet_group(DBSubnetGroupName="data")


def test_other_engines_are_kept_as_configuration(rds):
    rds.create_db_cluster(
        DBClusterIdentifier="other", Engine="aurora-mysql", MasterUsername="any", MasterUserPassword="long-enough"
    )
    assert describe(rds, "other")["Endpoint"].endswith(".rds.amazonaws.com")


def test_a_copy_of_the_authorities_of_rds_learns_of_the_local_one(tmp_path):
    shared = tmp_path / "shared.pem"
    shared.write_text(Authority("Other").pem)
    place = tmp_path / "job"
    place.mkdir()
    (place / rds_authority.TRUST_STORE).hardlink_to(shared)
    rds_authority.trust_local_databases(place)
    text = (place / rds_authority.TRUST_STORE).read_text()
    assert text == shared.read_text() + rds_authority.authority().pem
    assert rds_authority.authority() is rds_authority.authority()
    rds_authority.trust_local_databases(tmp_path)
    assert not (tmp_path / rds_authority.TRUST_STORE).exists()
