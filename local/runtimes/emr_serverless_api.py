"""The calls of EMR Serverless, in place of moto's, whose job runs have always succeeded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import unquote

from moto.core.responses import ActionResult, EmptyResult, PaginatedResult
from moto.emrserverless import urls
from moto.emrserverless.responses import EMRServerlessResponse

from local import patching, request_context
from local.refusals import NotEmulatedError, RefusalError
from local.runtimes.emr_serverless_records import ENDED, Application, Document, JobRun

_SETTINGS = (
    *("name", "releaseLabel", "initialCapacity", "maximumCapacity", "autoStartConfiguration"),
    *("autoStopConfiguration", "networkConfiguration", "architecture", "workerTypeSpecifications"),
    *("runtimeConfiguration", "monitoringConfiguration", "diskEncryptionConfiguration", "interactiveConfiguration"),
    *("schedulerConfiguration", "jobLevelCostAllocationConfiguration"),
)
_AT_REST = ("CREATED", "STOPPED")


class Runtime(Protocol):
    """What runs job runs."""

    minute_seconds: float

    def start(self, run: JobRun) -> None:
        """Runs a program in the background."""


def install(runtime: Runtime) -> None:
    """Connects the runtime with moto's EMR Serverless."""
    _install_applications(runtime)
    _install_changes()
    _install_tags()
    _install_runs(runtime)
    _install_descriptions_of_runs()


def invalid(message: str) -> RefusalError:
    """The service's answer to a request that it cannot follow."""
    return RefusalError("ValidationException", message)


def _replace(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(call: Callable[[EMRServerlessResponse], Any]) -> Callable[..., Any]:
        patching.replace_method(EMRServerlessResponse, name, "self")(lambda original, self: call(self))
        return call

    return decorate


def _applications(response: EMRServerlessResponse) -> dict[str, Application]:
    return response.emrserverless_backend.applications  # type: ignore[return-value]


def _application(response: EMRServerlessResponse) -> Application:
    name = response._get_param("applicationId")
    found = _applications(response).get(name)
    if found is None:
        raise RefusalError("ResourceNotFoundException", f"Application {name} does not exist", 404)
    return found


def _settings(response: EMRServerlessResponse) -> Document:
    given = {name: response._get_param(name) for name in _SETTINGS}
    return {name: value for name, value in given.items() if value is not None}


def _install_applications(runtime: Runtime) -> None:
    @_replace("create_application")
    def create_application(self: EMRServerlessResponse) -> ActionResult:
        kind, label = str(self._get_param("type")).upper(), str(self._get_param("releaseLabel"))
        if kind not in ("SPARK", "HIVE"):
            raise invalid(f"Unsupported engine {self._get_param('type')}")
        if not re.fullmatch(r"emr-\d\.\d{1,2}\.\d", label):
            raise invalid(f"Type '{kind}' is not supported for release label '{label}' or release label does not exist")
        if kind == "HIVE" or not label.startswith("emr-7."):
            raise NotEmulatedError(f"{kind.title()} of {label}: this machine has the Spark 3.5 of EMR 7")
        if self._get_param("imageConfiguration"):
            raise NotEmulatedError("container images of applications")
        application = Application(_settings(self), self.current_account, self.region, runtime.minute_seconds)
        application.tags = dict(self._get_param("tags") or {})
        _applications(self)[application.id] = application
        name = {"name": application.settings["name"]} if "name" in application.settings else {}
        return ActionResult({"applicationId": application.id, "arn": application.arn, **name})

    @_replace("get_application")
    def get_application(self: EMRServerlessResponse) -> ActionResult:
        return ActionResult({"application": _application(self).describe()})

    @_replace("list_applications")
    def list_applications(self: EMRServerlessResponse) -> ActionResult:
        states = self._get_param("states") or []
        found = [application.summary() for application in _applications(self).values()]
        return PaginatedResult({"applications": [entry for entry in found if not states or entry["state"] in states]})


def _at_rest(response: EMRServerlessResponse) -> Application:
    application = _application(response)
    if application.state not in _AT_REST:
        raise invalid(
            f"Application {application.id} must be in one of the following statuses [CREATED, STOPPED]. "
            f"Current status: {application.state}"
        )
    return application


def _install_changes() -> None:
    @_replace("update_application")
    def update_application(self: EMRServerlessResponse) -> ActionResult:
        application = _at_rest(self)
        application.settings |= _settings(self)
        application.move(application.last_state)
        return ActionResult({"application": application.describe()})

    @_replace("delete_application")
    def delete_application(self: EMRServerlessResponse) -> ActionResult:
        _at_rest(self).move("TERMINATED")
        return EmptyResult()

    @_replace("start_application")
    def start_application(self: EMRServerlessResponse) -> ActionResult:
        application = _application(self)
        if application.state == "TERMINATED":
            raise invalid(f"Application {application.id} is terminated.")
        application.move("STARTED")
        return EmptyResult()

    @_replace("stop_application")
    def stop_application(self: EMRServerlessResponse) -> ActionResult:
        application = _application(self)
        if any(run.state not in ENDED for run in application.runs.values()):
            raise invalid(f"Application {application.id} has job runs that have not ended: cancel them first.")
        if application.state == "STARTED":
            application.move("STOPPED")
        return EmptyResult()


def _install_tags() -> None:
    """TagResource, UntagResource, ListTagsForResource: moto lacks them and their route."""
    urls.url_paths["{0}/tags/(?P<resourceArn>.+)$"] = EMRServerlessResponse.dispatch

    def tagged(response: EMRServerlessResponse) -> dict[str, str]:
        arn = unquote(response._get_param("resourceArn"))
        for application in _applications(response).values():
            if application.arn == arn:
                return application.tags
        raise RefusalError("ResourceNotFoundException", f"Resource {arn} does not exist", 404)

    @patching.add_method(EMRServerlessResponse, "list_tags_for_resource")
    def list_tags_for_resource(self: EMRServerlessResponse) -> ActionResult:
        return ActionResult({"tags": tagged(self)})

    @patching.add_method(EMRServerlessResponse, "tag_resource")
    def tag_resource(self: EMRServerlessResponse) -> ActionResult:
        tagged(self).update(self._get_param("tags"))
        return EmptyResult()

    @patching.add_method(EMRServerlessResponse, "untag_resource")
    def untag_resource(self: EMRServerlessResponse) -> ActionResult:
        for key in self._get_param("tagKeys"):
            tagged(self).pop(key, None)
        return EmptyResult()


def _install_runs(runtime: Runtime) -> None:
    names = (
        *("clientToken", "executionRoleArn", "jobDriver", "configurationOverrides", "tags"),
        *("executionTimeoutMinutes", "name", "mode", "retryPolicy", "executionIamPolicy"),
    )

    @_replace("start_job_run")
    def start_job_run(self: EMRServerlessResponse) -> ActionResult:
        application = _application(self)
        given = {name: self._get_param(name) for name in names}
        request = {name: value for name, value in given.items() if value is not None}
        # A client that lost the answer asks again with the same token.
        known = [run for run in application.runs.values() if run.request.get("clientToken") == request["clientToken"]]
        if not known:
            _check_run(application, request)
            application.move("STARTED")
        run = known[0] if known else JobRun(request, application, request_context.principal().arn)
        if not known:
            application.runs[run.id] = run
            runtime.start(run)
        return ActionResult({"applicationId": application.id, "jobRunId": run.id, "arn": run.arn})


def _check_run(application: Application, request: Document) -> None:
    if request["executionRoleArn"].split(":")[4] != application.account:
        raise RefusalError("AccessDeniedException", "Cross-account pass role is not allowed.", 403)
    if request.get("executionTimeoutMinutes") and request["executionTimeoutMinutes"] < 5:
        raise invalid("RunTimeout must be at least 5 minutes.")
    if not (request.get("jobDriver") or {}).get("sparkSubmit", {}).get("entryPoint"):
        raise invalid("jobDriver: a sparkSubmit with an entryPoint is needed by applications of Spark.")
    if request.get("mode", "BATCH") != "BATCH" or request.get("executionIamPolicy"):
        raise NotEmulatedError("streaming job runs, and policies of single job runs")
    if (request.get("retryPolicy") or {}).get("maxAttempts", 1) > 1:
        raise NotEmulatedError("the retry policy of a job run")
    automatic = (application.settings.get("autoStartConfiguration") or {}).get("enabled", True)
    if application.state == "TERMINATED" or (application.state != "STARTED" and not automatic):
        raise invalid(f"Application {application.id} is {application.state} and cannot start a job run.")


def _install_descriptions_of_runs() -> None:
    @_replace("get_job_run")
    def get_job_run(self: EMRServerlessResponse) -> ActionResult:
        return ActionResult({"jobRun": _run(self).describe()})

    @_replace("cancel_job_run")
    def cancel_job_run(self: EMRServerlessResponse) -> ActionResult:
        run = _run(self)
        if run.state in ENDED:
            raise invalid(f"JobRun {run.id} is {run.state} and cannot be cancelled.")
        run.cancel()
        return ActionResult({"applicationId": run.application.id, "jobRunId": run.id})

    @_replace("list_job_runs")
    def list_job_runs(self: EMRServerlessResponse) -> ActionResult:
        states = self._get_param("states") or []
        after, before = self._get_param("createdAtAfter"), self._get_param("createdAtBefore")
        found = [
            run.summary()
            for run in reversed(_application(self).runs.values())
            if (not states or run.state in states)
            and (after is None or run.created > after)
            and (before is None or run.created < before)
        ]
        return PaginatedResult({"jobRuns": found})


def _run(response: EMRServerlessResponse) -> JobRun:
    name = response._get_param("jobRunId")
    found = _application(response).runs.get(name)
    if found is None:
        raise RefusalError("ResourceNotFoundException", f"JobRun {name} does not exist", 404)
    return found
