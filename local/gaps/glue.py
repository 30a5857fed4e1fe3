"""Gaps of moto's Glue: what commits of Iceberg and Terraform rely on."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.exceptions import AlreadyExistsException, EntityNotFoundException, GlueClientError
from moto.glue.models import FakeConnection, FakeJob, FakeTrigger, GlueBackend
from moto.glue.responses import GlueResponse
from moto.glue.utils import Action, Predicate

from local import patching

_JOB_ARGUMENTS = (
    "role",
    "command",
    "description",
    "log_uri",
    "execution_property",
    "default_arguments",
    "non_overridable_arguments",
    "connections",
    "max_retries",
    "allocated_capacity",
    "timeout",
    "max_capacity",
    "security_configuration",
    "tags",
    "notification_property",
    "glue_version",
    "number_of_workers",
    "worker_type",
    "code_gen_configuration_nodes",
    "execution_class",
    "source_control_details",
)


def install() -> None:
    """Closes the gaps of Glue."""
    update_tables_of_a_version()
    update_jobs()
    update_triggers()
    change_connections()
    forget_tags_of_what_is_deleted()


def update_tables_of_a_version() -> None:
    """UpdateTable: moto ignores VersionId, which Iceberg's commits are safe by, and SkipArchive."""

    @patching.replace_method(GlueResponse, "update_table", "self")
    def update_table(original: Any, self: GlueResponse) -> Any:
        request = self.parameters
        table = self.glue_backend.get_table(request["DatabaseName"], request["TableInput"]["Name"])
        before = str(table._current_version)
        if request.get("VersionId") not in (None, before):
            raise GlueClientError(
                "ConcurrentModificationException", "Update table failed due to concurrent modifications."
            )
        answer = original(self)
        if request.get("SkipArchive"):
            table.versions.pop(before, None)
        return answer


def update_jobs() -> None:
    """UpdateJob: moto lacks it. A job gets everything that the update does not name as if it were new."""

    @patching.add_method(GlueResponse, "update_job")
    def update_job(self: GlueResponse) -> ActionResult:
        name, backend = self._get_param("JobName"), self.glue_backend
        known = backend.get_job(name)
        update = dict(self._get_param("JobUpdate"))
        update.pop("JobMode", None)
        names = {key: _snake(key) for key in update}
        settings = {**dict.fromkeys(_JOB_ARGUMENTS), **{names[key]: update[key] for key in update}}
        job = FakeJob(name=name, backend=backend, **settings)
        job.created_on, job.job_runs = known.created_on, known.job_runs
        job.execution_class = update.get("ExecutionClass")
        backend.jobs[name] = job
        return ActionResult({"JobName": name})

    @patching.replace_method(GlueBackend, "create_job", f"self name {' '.join(_JOB_ARGUMENTS)}")
    def create_job(original: Any, self: GlueBackend, **request: Any) -> None:
        """moto replaces the job that has the name, and answers a class of execution that nobody has set."""
        if request["name"] in self.jobs:
            raise AlreadyExistsException("Job")
        original(self, **request)
        self.jobs[request["name"]].execution_class = request["execution_class"]

    @patching.replace_method(FakeJob, "as_dict", "self")
    def as_dict(original: Any, self: FakeJob) -> dict[str, Any]:
        """Without nulls, which Terraform takes for changes."""
        return {key: value for key, value in original(self).items() if value is not None}


def update_triggers() -> None:
    """UpdateTrigger: moto lacks it."""

    @patching.add_method(GlueResponse, "update_trigger")
    def update_trigger(self: GlueResponse) -> ActionResult:
        trigger: FakeTrigger = self.glue_backend.get_trigger(self._get_param("Name"))
        update = self._get_param("TriggerUpdate")
        trigger.actions = [Action(action) for action in update.get("Actions", [])]
        trigger.description = update.get("Description", "")
        trigger.schedule = update.get("Schedule", trigger.schedule)
        trigger.predicate = Predicate(update["Predicate"]) if update.get("Predicate") else None
        trigger.event_batching_condition = update.get("EventBatchingCondition", {})
        return ActionResult({"Trigger": trigger.as_dict()})


def change_connections() -> None:
    """UpdateConnection, DeleteConnection: moto lacks them; GetConnection leaves out the type."""

    @patching.add_method(GlueResponse, "update_connection")
    def update_connection(self: GlueResponse) -> EmptyResult:
        backend, name = self.glue_backend, self._get_param("Name")
        known = _connection(backend, name)
        updated = FakeConnection(backend, known.catalog_id, self._get_param("ConnectionInput"), {})
        updated.created_time = known.created_time
        backend.connections[name] = updated
        return EmptyResult()

    @patching.add_method(GlueResponse, "delete_connection")
    def delete_connection(self: GlueResponse) -> EmptyResult:
        backend, name = self.glue_backend, self._get_param("ConnectionName")
        _forget_tags(backend, _connection(backend, name).arn)
        del backend.connections[name]
        return EmptyResult()

    @patching.replace_method(FakeConnection, "as_dict", "self hide_password")
    def as_dict(original: Any, self: FakeConnection, hide_password: bool = False) -> dict[str, Any]:
        given = self.connection_input
        kept = {key: given[key] for key in ("ConnectionType", "MatchCriteria") if given.get(key)}
        return {key: value for key, value in {**original(self, hide_password), **kept}.items() if value is not None}


def forget_tags_of_what_is_deleted() -> None:
    """DeleteJob, DeleteTrigger, DeleteDatabase: moto gives the tags to the next resource of that name."""

    @patching.replace_method(GlueBackend, "delete_job", "self name")
    def delete_job(original: Any, self: GlueBackend, name: str) -> None:
        _forget_tags(self, _arn(self, "job", name))
        original(self, name)

    @patching.replace_method(GlueBackend, "delete_trigger", "self name")
    def delete_trigger(original: Any, self: GlueBackend, name: str) -> None:
        _forget_tags(self, _arn(self, "trigger", name))
        original(self, name)

    @patching.replace_method(GlueBackend, "delete_database", "self database_name")
    def delete_database(original: Any, self: GlueBackend, database_name: str) -> None:
        original(self, database_name)
        _forget_tags(self, _arn(self, "database", database_name))


def _connection(backend: GlueBackend, name: str) -> FakeConnection:
    if name not in backend.connections:
        raise EntityNotFoundException(f"Connection {name} not found.")
    return backend.connections[name]


def _arn(backend: GlueBackend, kind: str, name: str) -> str:
    return f"arn:aws:glue:{backend.region_name}:{backend.account_id}:{kind}/{name}"


def _forget_tags(backend: GlueBackend, arn: str) -> None:
    backend.tagger.delete_all_tags_for_resource(arn)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
