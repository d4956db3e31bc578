"""What goes wrong on the way, for each direction: to be changed while packets travel."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label

from tcpviz.link.plan import Plan, Rules, parse_plan
from tcpviz.ui.dialog import Field, Form
from tcpviz.ui.words import fixed
from tcpviz.view.safe import safe

RULES = (
    ("loss", "lost", "5%"),
    ("delay", "delay", "20ms"),
    ("jitter", "jitter", "5ms"),
    ("reorder", "overtaken by the next", "2%"),
    ("dup", "duplicated", "1%"),
    ("corrupt", "one bit turned over", "0.1%"),
    ("mark", "marked congested (ECN)", "5%"),
    ("rate", "rate", "2Mbit"),
    ("mtu", "largest packet (MTU)", "1400"),
    ("drop", "packets lost by number", "3:7"),
)
"""A rule of a plan, its name for the user, and an example."""

SIDES = (("out", "to the peer"), ("in", "to us"))


class RulesPanel(Form[Plan]):
    """Shows a plan, and takes another one."""

    title_text = "What goes wrong on the way"
    explanation = "For the packets from now on. Empty: nothing."
    hints = (("Enter: apply", "enter"), ("tab: next", ""), ("Escape: leave it", "escape"))

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def fields(self) -> ComposeResult:
        """A row for each rule, a column for each direction."""
        with Horizontal(classes="rule"):
            yield Label(fixed(""))
            for _, title in SIDES:
                yield Label(fixed(title), classes="side")
        for rule, name, example in RULES:
            with Horizontal(classes="rule"):
                yield Label(fixed(name))
                for side, rules in (("out", self._plan.outgoing), ("in", self._plan.incoming)):
                    yield Field(
                        _value(rules, rule), name=f"{side}-{rule}", placeholder=safe(f"e.g. {example}")
                    )

    def answer(self) -> Plan:
        """The plan. Raises ValueError."""
        texts = ((side, rule, self.text(f"{side}-{rule}")) for rule, _, _ in RULES for side, _ in SIDES)
        return parse_plan(",".join(f"{side}.{rule}={text}" for side, rule, text in texts if text))


def _value(rules: Rules, rule: str) -> str:
    """As the user would write it; empty where the rule is at rest."""
    written = dict(token.split("=", 1) for token in rules.tokens())
    return written.get(rule, "")
