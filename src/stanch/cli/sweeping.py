"""What `stanch sweep` does with its options."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from stanch import __version__, cache, stopping
from stanch.cli.output import paired, write_all
from stanch.cli.settings import Settings, processors, settings
from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE
from stanch.cli.streams import tell
from stanch.errors import UsageError
from stanch.model import Fault
from stanch.report import writer
from stanch.report.veil import plain, veiled
from stanch.stopping import Stopped
from stanch.sweep import Count, Sweep, Watch, seen, store
from stanch.sweep.credentials import token
from stanch.sweep.events import Events
from stanch.sweep.listing import Listing
from stanch.sweep.local import Local
from stanch.sweep.model import Listed, Swept, Target
from stanch.sweep.summary import Summary, summary, words
from stanch.sweep.targets import parse, together
from stanch.sweep.task import Job
from stanch.sweep.workplace import workplace
from stanch.values import replace

if TYPE_CHECKING:
    from stanch.model import Result
    from stanch.report import Writer
    from stanch.rules import Rule
    from stanch.sweep.crews import Crew
    from stanch.sweep.store import Run, Store

TOLD = 20
"""So many repositories that failed are named one by one."""


def run(*, targets: tuple[str, ...], **given: Any) -> int:
    """Sweep and report; return the exit status. `given` are the options of `stanch sweep` by click's names."""
    outputs = paired(given["formats"], given["outputs"]) if given["formats"] or given["outputs"] else []
    taken = any(path == "-" for _, path in outputs)
    if taken and given["json_events"] == "-":
        raise UsageError("--json-events - and a report on standard output would mix; give one of them a file")
    if given["scheduler"] and given["cluster"]:
        raise UsageError("--scheduler and --cluster exclude each other")
    told = _Telling(quiet=given["quiet"], aside=taken or given["json_events"] == "-")
    parsed = [parse(text) for text in targets]
    asked = _listing(given, told)
    chosen = settings((".",), {**given, "no_config": given["config"] is None})
    with ExitStack() as opened:
        opened.enter_context(stopping.held())  # a signal ends the sweep, not the report
        if given["json_events"]:
            told.events = Events(given["json_events"])
            opened.callback(told.events.close)
        secrets = bool(given["show_secrets"])
        recorded = opened.enter_context(store.open(given["store"] or store.default(), secrets=secrets))
        work = opened.enter_context(workplace(given["work"] or cache.folder() / "work"))
        current, figures = _swept(recorded, _job(chosen, given, asked, work), chosen, parsed, asked, given, told)
        told.summary(figures)
        if outputs:
            result = recorded.result(store.Filters(states=(store.State.OPEN,), run=current.id), secrets=secrets)
            writers = _writers(recorded, current, ", ".join(targets))
            write_all(result, chosen.ruleset, outputs, show_secrets=secrets, writers=writers)
    return _status(figures, given["fail_on"])


def _status(figures: Summary, fail_on: str) -> int:
    found = {"any": figures.open, "new": figures.new, "never": 0}[fail_on]
    return FOUND if found else CLEAN if figures.complete else INCOMPLETE


def _swept(
    recorded: Store, job: Job, chosen: Settings, parsed: Sequence[Target], asked: Listing, given: Mapping[str, Any],
    told: _Telling,
) -> tuple[Run, Summary]:  # fmt: skip
    """Do a run, or go on with one, and return it and its figures."""
    setting, named = _setting(chosen, given, whole=True), _named(parsed, asked)
    looked_for: dict[str, Any] = {
        "rules": frozenset(chosen.ruleset.by_id),
        "least": chosen.options.min_confidence,
        "archives": chosen.options.archives,
    }
    earlier = recorded.unfinished(setting, named, **looked_for)
    if earlier and not given["resume"]:
        told.say("the last sweep of these targets was not finished; --resume would have gone on with it")
    elif given["resume"] and not earlier:
        told.say("--resume: these targets have no unfinished sweep with these settings; a new one begins")
    resumed = earlier if given["resume"] else None
    current, began = resumed or recorded.begin(setting, named, **looked_for), recorded.now()
    told.began(current.id, named, resumed=resumed is not None)
    faults = list(resumed.faults) if resumed and resumed.listed else _list(current, parsed, asked, told)
    with told.progress() as watch:
        crew = _crew(job, given)
        running = Sweep(job, current, crew, full=given["full"], watch=watch)
        running.apart = given["scheduler"] is not None
        free = None if running.apart else shutil.disk_usage(job.keep or job.work).free // 2
        running.budget = given["disk_budget"] or free
        if not stopping.received():
            running.sweep()
    faults += running.faults
    finished = not current.counts().get("pending") and not any(fault.kind == "interrupted" for fault in faults)
    if finished:
        current.finish(faults=faults)
    return current, summary(recorded, current, began, running.count, faults, finished=finished)


def _writers(recorded: Store, current: Run, title: str) -> Callable[[str], Writer]:
    """Return what writes each format: the page tells more of a run than a result does."""

    def paged(result: Result, rules: Mapping[str, Rule], out: TextIO, *, show_secrets: bool) -> None:
        from stanch.report.html import render
        from stanch.sweep.page import page

        made = page(recorded, current, title, result, len(rules), secrets=show_secrets)
        out.write(render(made, rules, show_secrets=show_secrets))

    return lambda name: paged if name == "html" else writer(name)


def _list(current: Run, parsed: Sequence[Target], asked: Listing, told: _Telling) -> list[Fault]:
    """Put the targets' repositories into the run; return what could not be listed."""
    faults: list[Fault] = []

    def repositories() -> Iterator[Listed]:
        listed = False
        for entry in together(parsed, asked):
            if isinstance(entry, Fault):
                faults.append(entry)
            else:
                listed = True
                yield entry
        if not listed and (why := told.left_out()):
            said = f"all repositories are left out, {why}: are the options right?"
            faults.append(Fault("sweep", "listing-failed", said))

    try:
        with stopping.phase():
            stopping.interruptibly(lambda: current.list(repositories(), faults=faults))
    except Stopped:
        return [*faults, Fault("sweep", "interrupted", "stopped while the targets were listed")]
    for fault in faults:
        told.wrong(f"{fault.target}: {fault.detail}")
    return faults


def _crew(job: Job, given: Mapping[str, Any]) -> Crew:
    jobs = given["jobs"] or processors()
    if given["scheduler"] or given["cluster"]:
        from stanch.sweep.cluster import Cluster  # an extra

        return Cluster(job, given["scheduler"], jobs)
    return Local(job, jobs)


def _listing(given: Mapping[str, Any], told: _Telling) -> Listing:
    apis = dict(_api(text) for text in given["apis"])
    return Listing(
        include=given["include"],
        exclude=given["exclude"],
        forks=given["forks"],
        archived=given["archived"],
        max_size=given["max_repo_size"],
        api=apis,
        ca_bundle=given["ca_bundle"],
        cache=cache.folder() / "forges",
        said=told.say,
        passed=told.passed,
    )


def _api(text: str) -> tuple[str, str]:
    forge, equals, url = text.partition("=")
    if not equals:
        raise UsageError("--api: write the forge and its URL, as in github=https://ghe.example/api/v3")
    return forge, url


def _job(chosen: Settings, given: Mapping[str, Any], asked: Listing, work: Path) -> Job:
    objects = cache.folder() / "seen"
    seen.forget(objects)
    if given["keep"]:
        given["keep"].mkdir(mode=0o700, parents=True, exist_ok=True)
    return Job(
        chosen.ruleset,
        chosen.options,
        partial(token, api=asked.api),
        work,
        keep=given["keep"] and given["keep"].resolve(),
        seen=objects / _setting(chosen, given, whole=False),
        acceptances=chosen.acceptances,
        time_limit=given["time_limit"],
        authorities=given["ca_bundle"] and given["ca_bundle"].read_bytes(),
        secrets=bool(given["show_secrets"]),
    )


def _setting(chosen: Settings, given: Mapping[str, Any], *, whole: bool) -> str:
    """Return a digest of all that makes two scans of the same content comparable; `whole`: and two results of them.

    What is accepted changes no answer about an object, but the findings of a repository.
    """
    apart = replace(chosen.options, targets=(), incremental=None, secrets=False, jobs=0, engine="", timeout=None)
    digest = hashlib.sha256(f"{__version__} {chosen.ruleset.digest} {apart}".encode())
    for path in chosen.read if whole else ():
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    if whole and given["show_secrets"]:
        digest.update(b"with secrets")  # the store has those of what is scanned from now on
    return digest.hexdigest()


def _named(parsed: Sequence[Target], asked: Listing) -> list[str]:
    """Return what decides which repositories there are: the targets, and how they are listed."""
    named = [
        f"{target.forge}:{os.path.abspath(target.name) if target.forge in ('folder', 'file') else target.name}"
        for target in parsed
    ]
    told = [("include", asked.include), ("exclude", asked.exclude), ("api", tuple(sorted(asked.api.items())))]
    named += [f"--{name} {' '.join(map(str, values))}" for name, values in told if values]
    named += [] if asked.forks else ["--no-forks"]
    named += [] if asked.archived else ["--no-archived"]
    return named + ([f"--max-repo-size {asked.max_size}"] if asked.max_size is not None else [])


class _Telling:
    """What is said of a sweep, to people on standard error and to machines."""

    def __init__(self, *, quiet: bool, aside: bool) -> None:
        """`aside`: the summary goes to standard error, since something else goes to standard output."""
        self.events: Events | None = None
        self._quiet, self._aside = quiet, aside
        self._failed = 0
        self._passed: Counter[str] = Counter()

    def say(self, text: str) -> None:
        """Say something for people."""
        if not self._quiet:
            tell(plain(text))

    def wrong(self, text: str) -> None:
        """Say what is wrong, unless too much was."""
        self._failed += 1
        if self._failed <= TOLD:
            tell(plain(text))
        elif self._failed == TOLD + 1:
            tell("and more; --json-events names all")

    def passed(self, _name: str, why: str) -> None:
        """Note that a repository is left out, and why."""
        self._passed[why] += 1

    def left_out(self) -> str:
        """Return how many repositories are left out for which reason."""
        return ", ".join(f"{number:,} {why}" for why, number in sorted(self._passed.items()))

    def began(self, number: int, targets: Sequence[str], *, resumed: bool) -> None:
        """Tell that a run begins or goes on."""
        if self.events:
            self.events.began(number, targets, resumed=resumed)

    @contextmanager
    def progress(self) -> Iterator[Watch]:
        """Give what is told how far the sweep is; a terminal shows it."""
        if left_out := self.left_out():
            self.say(f"left out: {left_out}")
        if self._quiet or sys.stderr is None or not sys.stderr.isatty():
            yield self._moved
            return
        from stanch.progress import sweeping

        with sweeping() as update:

            def moved(count: Count, listed: Listed | None, swept: Swept | None) -> None:
                update(count)
                self._moved(count, listed, swept)

            yield moved

    def _moved(self, count: Count, listed: Listed | None, swept: Swept | None) -> None:
        if swept and swept.result:  # secrets that were asked for are asked for in reports
            swept = replace(swept, result=veiled(swept.result))
        if self.events:
            self.events.moved(count, listed, swept)
        if listed and swept:
            faults = (*swept.faults, *(swept.result.faults if swept.result else ()))
            for fault in faults[:1]:
                more = f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""
                self.wrong(f"{listed.name}: {fault.kind}: {fault.detail}{more}")

    def summary(self, figures: Summary) -> None:
        """Tell the figures."""
        if self.events:
            self.events.ended(figures)
        for line in () if self._quiet else words(figures):
            if self._aside:
                tell(plain(line))
            else:
                sys.stdout.write(f"{plain(line)}\n")
