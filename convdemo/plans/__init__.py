"""What is a lesson plan? A title and steps: a state of the lab, a sentence, a question, and how its answer is checked.

It is one plain TOML file. `read_plan` reads it and names what is wrong by line; the lab's own are `OWN_PLANS`. Nothing
of a plan is run: its states are links of the lab, and all else is text.
"""

from convdemo.plans.own import OWN_PLANS
from convdemo.plans.plan import Plan, PlanError, Question, Step, Wrong
from convdemo.plans.reading import MAX_BYTES, MAX_STEPS, read_plan

__all__ = ["MAX_BYTES", "MAX_STEPS", "OWN_PLANS", "Plan", "PlanError", "Question", "Step", "Wrong", "read_plan"]
