"""EMR on this machine: clusters start and end by themselves, and each of their steps is a Spark program."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from local.runtimes.emr_records import Cluster, Document, Ending, Step, now
from local.runtimes.emr_requests import instance_role, problem_of
from local.runtimes.emr_steps import StepLog, plan_step
from local.runtimes.glue_jobs_plan import UnsupportedJobError
from local.runtimes.glue_jobs_process import JobProcess, LaunchError, Outcome, Place
from local.runtimes.spark import MissingJarsError
from local.runtimes.spark_runtime import SparkRuntime

log = logging.getLogger(__name__)

_SESSION_SECONDS = 43200
_NO_TIMEOUT = float("inf")
# How long a cluster is in each of the states that nothing here needs time for, so that they can be seen.
_PHASE_SECONDS = 0.2


class EmrRuntime(SparkRuntime[Cluster]):
    """Everything that runs clusters and their steps, from start to stop."""

    purpose = "steps"

    def install(self, before_first_use: Callable[[str, Callable[[], None]], None]) -> None:
        """Connects the runtime with moto's EMR, at the first request for it."""

        def load() -> None:
            # moto's EMR loads EC2, which takes a second and much memory.
            from local.runtimes import emr_api

            emr_api.install(self)

        before_first_use("emr", load)

    def _end(self, work: Cluster) -> None:
        work.end(Ending("INTERNAL_ERROR", "the local AWS is shutting down", with_errors=True))

    def start(self, cluster: Cluster) -> None:
        """Lets a cluster start, run its steps and end in the background."""
        self._in_background(cluster, cluster.id, self._live, cluster)

    def _live(self, cluster: Cluster) -> None:
        try:
            self._start_up(cluster)
            self._serve(cluster)
        except Exception as error:
            log.exception("the cluster %s", cluster.id)
            cluster.end(Ending("INTERNAL_ERROR", f"{type(error).__name__}: {error}", with_errors=True))
        ending = cluster.ending
        assert ending
        self._closing.wait(_PHASE_SECONDS)
        with cluster.changed:
            # A step that is killed takes a moment to end.
            cluster.changed.wait_for(lambda: not cluster.running, 10)
            cluster.state = "TERMINATED_WITH_ERRORS" if ending.with_errors else "TERMINATED"
            cluster.ended = now()
        self._done(cluster)

    def _start_up(self, cluster: Cluster) -> None:
        self._closing.wait(_PHASE_SECONDS)
        problem = problem_of(cluster, self._accounts)
        if problem:
            cluster.end(Ending("VALIDATION_ERROR", problem, with_errors=True))
        with cluster.changed:
            if cluster.ending:
                return
            cluster.state = "BOOTSTRAPPING"
            cluster.changed.wait_for(lambda: cluster.ending, _PHASE_SECONDS)
            if cluster.ending:
                return
            cluster.ready = now()
            cluster.idle_since = time.monotonic()
            cluster.waits_after = "Cluster ready to run steps."

    def _serve(self, cluster: Cluster) -> None:
        """Starts steps, and shuts down a cluster that has nothing left to do, until it ends."""
        with cluster.changed:
            while not cluster.ending:
                for step in [step for step in cluster.steps if step.state == "PENDING"]:
                    if len(cluster.running) < cluster.concurrency:
                        self._begin(cluster, step)
                busy = bool(cluster.active())
                cluster.state = "RUNNING" if busy else "WAITING"
                if busy:
                    cluster.idle_since = time.monotonic()
                elif not cluster.instances.get("KeepJobFlowAliveWhenNoSteps"):
                    cluster.end(Ending("ALL_STEPS_COMPLETED", "Steps completed"))
                    return
                left = self._idle_seconds_left(cluster)
                if not busy and left is not None and left <= 0:
                    message = f"Auto-terminated after being idle for {_idle_seconds(cluster)} seconds"
                    cluster.end(Ending("ALL_STEPS_COMPLETED", message))
                    return
                cluster.changed.wait(None if busy else left)

    def _idle_seconds_left(self, cluster: Cluster) -> float | None:
        seconds = _idle_seconds(cluster)
        # A cluster that is protected is not ended for being idle.
        if seconds is None or cluster.instances.get("TerminationProtected"):
            return None
        return cluster.idle_since + seconds * self._options.minute_seconds / 60 - time.monotonic()

    def _begin(self, cluster: Cluster, step: Step) -> None:
        step.state, step.started = "RUNNING", now()
        cluster.running.add(step)
        threading.Thread(target=self._run, args=(cluster, step), name=step.id, daemon=True).start()

    def _run(self, cluster: Cluster, step: Step) -> None:
        folder = self._folder / step.id
        try:
            outcome, failure = self._execute(cluster, step, folder)
        except Exception as error:
            if not self._closing.is_set():
                log.exception("the step %s of the cluster %s", step.id, cluster.id)
            outcome = Outcome("FAILED", f"{type(error).__name__}: {error}")
            failure = {"Reason": "Unknown Error.", "Message": outcome.message}
        shutil.rmtree(folder, ignore_errors=True)
        with cluster.changed:
            cluster.running.discard(step)
            if step.state == "CANCEL_PENDING" or (step.state == "RUNNING" and outcome.state == "STOPPED"):
                step.state = "CANCELLED"
            elif step.state == "RUNNING":
                step.state = "COMPLETED" if outcome.state == "SUCCEEDED" else "FAILED"
                step.failure = failure
            step.ended = step.ended or now()
            if not cluster.ending:
                cluster.waits_after = f"Cluster ready after last step {step.state.lower()}."
                if step.state == "FAILED":
                    _act_on_failure(cluster, step)
            cluster.changed.notify_all()

    def _execute(self, cluster: Cluster, step: Step, folder: Path) -> tuple[Outcome, Document | None]:
        role = instance_role(cluster.account, cluster.request["JobFlowRole"])
        session = self._accounts.assume_for_service(
            role.arn if role else "", "ec2.amazonaws.com", f"i-{cluster.id[2:].lower()}", {}, _SESSION_SECONDS
        )
        s3 = self._clients.client("s3", cluster.region, session)
        place = Place(
            account=cluster.account,
            region=cluster.region,
            session=session,
            s3=s3,
            endpoint=self._options.endpoint,
            jars_dir=self._options.jars_dir,
            folder=folder,
        )
        step_log = StepLog(cluster, step, s3)
        try:
            plan = plan_step(cluster, step)
            process = JobProcess(plan, place, self._processes, step_log.write)
            with cluster.changed:
                step.process = process
            with self._slots.slot(step.cancelled.is_set) as has_slot:
                if not has_slot or step.cancelled.is_set():
                    return Outcome("STOPPED"), None
                outcome = process.run(_NO_TIMEOUT)
                reason = "Unknown Error."
        except (UnsupportedJobError, LaunchError, MissingJarsError) as error:
            outcome, reason = Outcome("FAILED", str(error), 1), "The step could not be started."
            step_log.write("error", [str(error)])
        log_file = step_log.close(outcome)
        if outcome.state != "FAILED":
            return outcome, None
        failure = {"Reason": reason, "Message": outcome.message}
        return outcome, failure | ({"LogFile": log_file} if log_file else {})


def _idle_seconds(cluster: Cluster) -> int | None:
    policy = cluster.request.get("AutoTerminationPolicy")
    return None if policy is None else policy.get("IdleTimeout", 3600)


def _act_on_failure(cluster: Cluster, step: Step) -> None:
    """ActionOnFailure; of a cluster that was set to several steps at once meanwhile it has no effect."""
    if step.action_on_failure == "CONTINUE" or cluster.concurrency > 1:
        return
    for other in cluster.active():
        other.cancel("CANCELLED", "Cancelled because a previous step failed.")
    # Of a protected cluster the steps end, and it stays.
    if step.action_on_failure != "CANCEL_AND_WAIT" and not cluster.instances.get("TerminationProtected"):
        cluster.end(Ending("STEP_FAILURE", "Shut down as step failed", with_errors=True))
