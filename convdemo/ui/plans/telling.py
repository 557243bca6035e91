"""What does the page tell of lesson plans?

The list of them, each in a file of its own; what a link with one opens; what is wrong with a teacher's file.
"""

import json
import logging
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from convdemo.plans import OWN_PLANS, Plan, PlanError, read_plan
from convdemo.ui.parts.static import publish
from convdemo.ui.parts.widgets import read_source, read_text
from convdemo.ui.plans.state import FILES, STATE
from convdemo.ui.state import Variable, from_query, to_query

PATH = "/plans/read"
"""Where a teacher's file is read: it is sent there as it is, and comes back as JSON, or its mistakes do."""

_log = logging.getLogger(__name__)
_WORDS = read_text("plans")


class Plans:
    """The lesson plans of a lab.

    Args:
        variables: all that a link can say, by its names there.
        former_names: those in older links.
        about_the_page: names of what is no state of the lab, but a way of showing it.
    """

    def __init__(
        self, variables: Mapping[str, Variable], former_names: Mapping[str, str], about_the_page: Collection[str]
    ) -> None:
        self._variables = variables
        self._former_names = former_names
        self._aside = {*about_the_page, *STATE.in_links}

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """The plans by their names. One of a course that cannot be used is left out, and the log says why."""
        plans = {}
        for name, path in FILES.items():
            try:
                plans[name] = read_plan(path.read_text(encoding="utf-8-sig"), self.read_state)
            except (PlanError, OSError) as error:
                if name in OWN_PLANS:
                    raise
                _log.warning("lessons/%s is left out: %s", path.name, " ".join(str(error).splitlines()[:3]))
        return plans

    @cached_property
    def file(self) -> str:
        """The address of what entry.js needs, which few ask for: words, style, and the list of plans."""
        words = {key: value for key, value in _WORDS.items() if key not in STATE.defaults}
        listed = [
            {
                "name": name,
                "title": plan.title,
                "about": plan.about,
                "steps": len(plan.steps),
                "questions": sum(step.question is not None for step in plan.steps),
                "file": publish(json.dumps(plan.as_json(), ensure_ascii=False).encode(), f"{name}.json"),
            }
            for name, plan in self.plans.items()
        ]
        parcel = {"text": words, "css": read_source("plans/plans.css"), "plans": listed, "read": PATH}
        return publish(json.dumps(parcel, ensure_ascii=False, default=dict).encode(), "plans.json")

    def read_link(self, given: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Read a link as `from_query` does. One that names a plan and nothing else opens in the state of its step."""
        linked, notices = from_query(given, self._variables, self._former_names)
        if not linked["lesson"]:
            return linked, notices
        plan = self.plans.get(linked["lesson"])
        if plan is None:  # a course's, that cannot be used
            notice = _WORDS["unusable"].format(name=linked["lesson"])
            closed = {name: variable.default for name, variable in STATE.in_links.items()}
            return linked | closed, (*notices, notice)
        if linked["lesson_step"] > len(plan.steps):
            notice = _WORDS["past_the_end"].format(step=linked["lesson_step"], last=len(plan.steps))
            linked, notices = linked | {"lesson_step": len(plan.steps)}, (*notices, notice)
        named = {self._former_names.get(name, name) for name in given} & set(self._variables)
        if not named - self._aside:
            step = plan.steps[linked["lesson_step"] - 1].state
            values = {name: text for name, text in step.items() if text is not None}
            linked |= {name: self._variables[name].read(text) for name, text in values.items()}
        return linked, notices

    def read_state(self, query: str) -> dict[str, str | None]:
        """Return the values that the link of a step names, as the lab writes them, None at their defaults.

        Raises:
            ValueError: one of them is none of the lab's.
        """
        given = QueryParams(query)
        allowed = {name: variable for name, variable in self._variables.items() if name not in self._aside}
        state, notices = from_query(given, allowed, self._former_names)
        if notices:
            raise ValueError(notices[0])
        written = dict(parse_qsl(to_query(state, allowed)))
        named = [self._former_names.get(name, name) for name in given]
        return {name: written.get(name) for name in named if name in allowed}

    def read_file(self, data: bytes) -> dict[str, Any]:
        """Return a teacher's file as a plan, or what is wrong with it as "problems"."""
        try:
            return read_plan(data.decode("utf-8-sig"), self.read_state).as_json()
        except UnicodeDecodeError as error:
            return {"problems": [_WORDS["no_text"].format(line=data.count(b"\n", 0, error.start) + 1)]}
        except PlanError as error:
            return {"problems": error.problems}

    def route(self) -> Route:
        """Return the route that reads a teacher's file."""

        async def read(request: Request) -> Response:
            return JSONResponse(await run_in_threadpool(self.read_file, await request.body()))

        return Route(PATH, read, methods=["POST"])
