"""How the resources of each service are found in moto's state, and which of them AWS itself creates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.accounts import ADMIN_ROLE

_ENDED = ("deleted", "deleting", "terminated")


@dataclass(frozen=True)
class Rule:
    """Names the resources of one type; `stores` are the attributes of the backend that it accounts for."""

    names: Callable[[Any], Iterable[str]]
    stores: tuple[str, ...]


def _keys(store: str) -> Rule:
    return Rule(lambda backend: list(getattr(backend, store)), (store,))


def _lambda_functions(backend: Any) -> list[str]:
    return list(backend._lambdas._functions)


def _lambda_layers(backend: Any) -> list[str]:
    layers = backend._layers._layers.values()
    return [version.arn for layer in layers for version in layer.layer_versions.values()]


def _kms_keys(backend: Any) -> list[str]:
    return [key.id for key in backend.keys.values() if key.key_state != "PendingDeletion" and not _is_aws_key(key)]


def _is_aws_key(key: Any) -> bool:
    return any(name.startswith("alias/aws/") for name in key.aliases)


def _kms_aliases(backend: Any) -> list[str]:
    return [name for key in backend.keys.values() for name in key.aliases if not name.startswith("alias/aws/")]


def _iam_roles(backend: Any) -> list[str]:
    roles = backend.roles.values()
    return [role.name for role in roles if role.name != ADMIN_ROLE and not role.path.startswith("/aws-service-role/")]


def _iam_policies(backend: Any) -> list[str]:
    return [arn for arn in backend.managed_policies if not arn.startswith("arn:aws:iam::aws:")]


def _iam_names(store: str) -> Rule:
    return Rule(lambda backend: [entry.name for entry in getattr(backend, store).values()], (store,))


def _default_vpcs(backend: Any) -> set[str]:
    return {vpc.id for vpc in backend.vpcs.values() if vpc.is_default}


def _living(store: str) -> Rule:
    def names(backend: Any) -> list[str]:
        return [key for key, entry in getattr(backend, store).items() if getattr(entry, "state", "") not in _ENDED]

    return Rule(names, (store,))


def _subnets(backend: Any) -> list[str]:
    default = _default_vpcs(backend)
    zones = backend.subnets.values()
    return [subnet.id for zone in zones for subnet in zone.values() if subnet.vpc_id not in default]


def _security_groups(backend: Any) -> list[str]:
    groups = [group for groups in backend.groups.values() for group in groups.values()]
    return [group.id for group in groups if group.name != "default"]


def _route_tables(backend: Any) -> list[str]:
    return [table.id for table in backend.route_tables.values() if not table.main_association_id]


def _prefix_lists(backend: Any) -> list[str]:
    own = [entry for entry in backend.managed_prefix_lists.values() if entry.owner_id == backend.account_id]
    return [entry.id for entry in own if not entry.state.startswith("delete")]


def _instances(backend: Any) -> list[str]:
    instances = [instance for reservation in backend.reservations.values() for instance in reservation.instances]
    return [instance.id for instance in instances if instance.state not in _ENDED]


def _ec2_settings(backend: Any) -> list[str]:
    settings = [name for name, value in getattr(backend, "account_settings", {}).items() if value]
    if backend.ebs_encryption_by_default:
        settings.append("ebs_encryption_by_default")
    if backend.default_kms_key_id:
        settings.append("ebs_default_key")
    return settings


def _emr_settings(backend: Any) -> list[str]:
    """What differs from a new account, in which public access is blocked but for SSH."""
    settings = backend.block_public_access_configuration
    if not settings:
        return []
    ranges = settings.get("PermittedPublicSecurityGroupRuleRanges") or []
    ports = [(str(entry["MinRange"]), str(entry["MaxRange"])) for entry in ranges]
    is_closed = str(settings["BlockPublicSecurityGroupRules"]).lower() == "true"
    return [] if is_closed and ports == [("22", "22")] else ["block_public_access"]


def _emr_clusters(backend: Any) -> list[str]:
    return [cluster.id for cluster in backend.clusters.values() if not cluster.state.startswith("TERMINATED")]


def _emr_applications(backend: Any) -> list[str]:
    return [name for name, application in backend.applications.items() if application.state != "TERMINATED"]


def _catalog_encryption(backend: Any) -> list[str]:
    def is_set(settings: dict[str, Any]) -> bool:
        mode = settings.get("EncryptionAtRest", {}).get("CatalogEncryptionMode", "DISABLED")
        return mode != "DISABLED" or bool(
            settings.get("ConnectionPasswordEncryption", {}).get("ReturnConnectionPasswordEncrypted")
        )

    return [catalog for catalog, settings in backend.data_catalog_encryption_settings.items() if is_set(settings)]


def _glue_tables(backend: Any) -> list[str]:
    return [f"{name}/{table}" for name, database in backend.databases.items() for table in database.tables]


def _schedules(backend: Any) -> list[str]:
    return [f"{name}/{schedule}" for name, group in backend.schedule_groups.items() for schedule in group.schedules]


def _event_rules(backend: Any) -> list[str]:
    return [f"{name}/{rule}" for name, bus in backend.event_buses.items() for rule in bus.rules]


def _own_snapshots(store: str) -> Callable[[Any], list[str]]:
    """Those that somebody made; AWS's own go with what they are of."""

    def names(backend: Any) -> list[str]:
        return [name for name, entry in getattr(backend, store).items() if entry.snapshot_type != "automated"]

    return names


def _parameter_groups(backend: Any) -> list[str]:
    return [name for name in backend.db_parameter_groups if not name.startswith("default.")]


def _lf_tags(backend: Any) -> list[str]:
    return [key for tags in backend.tagger.tags.values() for key in tags]


def _lf_grants(backend: Any) -> list[str]:
    grants = [grant for catalog in backend.grants.values() for grant in catalog.permissions]
    return [grant.principal["DataLakePrincipalIdentifier"] for grant in grants if not grant.is_empty()]


RULES: dict[str, dict[str, Rule]] = {
    "s3": {"bucket": _keys("buckets")},
    "s3control": {
        "public-access-block": Rule(
            lambda backend: ["account"] if backend.public_access_block else [], ("public_access_block",)
        )
    },
    "sqs": {"queue": _keys("queues")},
    "sns": {"topic": _keys("topics"), "subscription": _keys("subscriptions")},
    "kms": {"key": Rule(_kms_keys, ("keys",)), "alias": Rule(_kms_aliases, ())},
    "lambda": {
        "function": Rule(_lambda_functions, ()),
        "layer-version": Rule(_lambda_layers, ()),
        "event-source-mapping": Rule(lambda backend: list(backend._event_source_mappings), ()),
    },
    "iam": {
        "role": Rule(_iam_roles, ("roles",)),
        "policy": Rule(_iam_policies, ("managed_policies", "aws_managed_policies")),
        "user": _iam_names("users"),
        "group": _iam_names("groups"),
        "instance-profile": _iam_names("instance_profiles"),
        "openid-provider": _keys("open_id_providers"),
        "account-alias": _keys("account_aliases"),
        "password-policy": Rule(
            lambda backend: ["account"] if backend.account_password_policy else [],
            # Temporary keys of sessions; a user's keys go with the user.
            ("account_password_policy", "access_keys"),
        ),
    },
    "account": {"contact": Rule(lambda backend: list(backend._alternate_contacts), ())},
    "emr": {
        "setting": Rule(_emr_settings, ("block_public_access_configuration",)),
        "cluster": Rule(_emr_clusters, ("clusters",)),
        "security-configuration": _keys("security_configurations"),
    },
    "emr-serverless": {"application": Rule(_emr_applications, ("applications",))},
    "rds": {
        "cluster": _keys("clusters"),
        "instance": _keys("databases"),
        "cluster-snapshot": Rule(_own_snapshots("cluster_snapshots"), ("cluster_snapshots",)),
        "snapshot": Rule(_own_snapshots("database_snapshots"), ("database_snapshots",)),
        "cluster-parameter-group": _keys("db_cluster_parameter_groups"),
        "parameter-group": Rule(_parameter_groups, ("db_parameter_groups",)),
        # The map only names the other stores; events tell what happened.
        "subnet-group": Rule(lambda backend: list(backend.subnet_groups), ("subnet_groups", "resource_map", "events")),
    },
    "dynamodb": {"table": _keys("tables"), "backup": _keys("backups")},
    "budgets": {
        "budget": Rule(lambda backend: [name for budgets in backend.budgets.values() for name in budgets], ("budgets",))
    },
    "ce": {"anomaly": _keys("anomaly_documents")},
    "cloudwatch": {"alarm": _keys("alarms"), "dashboard": _keys("dashboards")},
    "logs": {
        "log-group": _keys("groups"),
        "metric-filter": Rule(
            lambda backend: [entry["filterName"] for entry in backend.filters.metric_filters], ("filters",)
        ),
    },
    "lakeformation": {
        "tag": Rule(_lf_tags, ()),
        "grant": Rule(_lf_grants, ("grants",)),
        "opt-in": _keys("opt_ins"),
    },
    "cloudtrail": {"trail": _keys("trails")},
    "glue": {
        "database": _keys("databases"),
        "table": Rule(_glue_tables, ()),
        "job": _keys("jobs"),
        "trigger": _keys("triggers"),
        "crawler": _keys("crawlers"),
        "connection": _keys("connections"),
        "security-configuration": _keys("security_configurations"),
        "catalog-encryption": Rule(_catalog_encryption, ("data_catalog_encryption_settings",)),
    },
    "stepfunctions": {
        "state-machine": Rule(lambda backend: [machine.arn for machine in backend.state_machines], ("state_machines",)),
        "activity": _keys("activities"),
    },
    "scheduler": {
        "schedule": Rule(_schedules, ("schedules",)),
        "schedule-group": Rule(
            lambda backend: [name for name in backend.schedule_groups if name != "default"], ("schedule_groups",)
        ),
    },
    "ssm": {
        "parameter": Rule(
            lambda backend: [
                name for name in dict.keys(backend._parameters) if dict.__getitem__(backend._parameters, name)
            ],
            (),
        )
    },
    "secretsmanager": {
        "secret": Rule(
            lambda backend: [secret.name for secret in backend.secrets.values() if not secret.is_deleted()],
            ("secrets",),
        )
    },
    "events": {
        "event-bus": Rule(
            lambda backend: [name for name in backend.event_buses if name != "default"], ("event_buses",)
        ),
        "rule": Rule(_event_rules, ()),
    },
    "ec2": {
        "vpc": Rule(lambda backend: [vpc for vpc in backend.vpcs if vpc not in _default_vpcs(backend)], ("vpcs",)),
        "subnet": Rule(_subnets, ("subnets", "subnet_associations")),
        "security-group": Rule(_security_groups, ("groups",)),
        "route-table": Rule(_route_tables, ("route_tables",)),
        "network-acl": Rule(
            lambda backend: [acl.id for acl in backend.network_acls.values() if not acl.default], ("network_acls",)
        ),
        "prefix-list": Rule(_prefix_lists, ("managed_prefix_lists",)),
        "vpc-endpoint": _living("vpc_end_points"),
        "nat-gateway": _living("nat_gateways"),
        "internet-gateway": _keys("internet_gateways"),
        "flow-log": _keys("flow_logs"),
        "dhcp-options": _keys("dhcp_options_sets"),
        "network-interface": _keys("enis"),
        "elastic-ip": Rule(lambda backend: [address.public_ip for address in backend.addresses], ("addresses",)),
        "instance": Rule(_instances, ("reservations",)),
        "volume": _keys("volumes"),
        "key-pair": _keys("key_pairs"),
        "setting": Rule(_ec2_settings, ("account_settings", "amis", "deleted_amis", "attachments")),
    },
}
