"""What the simulated agents do: their tasks, words, times and failures. Content only."""

from __future__ import annotations

from typing import Final, NamedTuple


class Part(NamedTuple):
    """A nested part of the data: the facts in it, and what to call its matter."""

    name: str
    subject: str
    keys: tuple[str, ...]


class Task(NamedTuple):
    """Something an agent is asked for; texts are filled in from the facts of one request."""

    action: str
    ask: str
    done: str
    part: Part
    priority: str = "normal"


class Failure(NamedTuple):
    kind: str
    message: str
    retryable: bool


class Role(NamedTuple):
    """An agent: its share of all requests, its times (log-normal), who asks it, and for what."""

    name: str
    share: int
    median_s: float
    spread: float
    error_rate: float
    asked_by: tuple[str, ...]
    tasks: tuple[Task, ...]
    failures: tuple[Failure, ...]


_TIMEOUT = Failure("GatewayTimeout", "no answer in time", True)
_LIMITED = Failure("RateLimited", "429 from the model, try again in 2 s", True)
_REFUSED = Failure("ConnectionRefused", "connection refused by {app}", True)
_INVALID = Failure("InvalidRequest", "{tenant} has no plan that allows this", False)

_INVOICE = Part("invoice", "{invoice_id}", ("invoice_id", "tenant", "amount", "currency"))
_TICKET = Part("ticket", "ticket {ticket_id}", ("ticket_id", "tenant", "confidence"))
_RELEASE = Part("release", "{app} build {build}", ("app", "build", "region"))
_SUITE = Part("suite", "{app} build {build}", ("app", "build", "passed", "file"))
_PATCH = Part("patch", "PR {pull_request}", ("pull_request", "files", "added", "removed"))
_SCOPE = Part("scope", "scope of {tenant}", ("tenant", "stories", "questions"))
_SCHEMA = Part("schema", "schema of {app}", ("app", "tables", "migrations"))
_SCAN = Part("scan", "build {build}", ("build", "critical", "medium"))
_SET = Part("dataset", "cohorts of {tenant}", ("tenant", "rows", "cohorts"))
_PAGE = Part("page", "{path}", ("path", "paragraphs"))
_PLAN = Part("plan", "plan for {tenant}", ("tenant", "steps", "pull_request"))

_CHARGE = Task(
    "charge_invoice",
    "{invoice_id} for {tenant}, {amount:,.2f} {currency}",
    "{invoice_id} settled, {amount:,.2f} {currency}",
    _INVOICE,
)

ROLES: Final = (
    Role(
        "orchestrator",
        26,
        0.34,
        0.6,
        0.002,
        ("gateway", "gateway", "support_agent"),
        (
            Task(
                "plan_work",
                "{tenant}: {topic}",
                "{steps} steps for {tenant}, {files} in parallel",
                _PLAN,
            ),
            Task(
                "route",
                "ticket {ticket_id} from {tenant}",
                "{ticket_id} goes to support_agent",
                _TICKET,
                "low",
            ),
        ),
        (_TIMEOUT, _LIMITED),
    ),
    Role(
        "billing_agent",
        13,
        1.84,
        0.55,
        0.012,
        ("orchestrator", "orchestrator", "support_agent", "gateway"),
        (
            _CHARGE,
            _CHARGE,
            Task(
                "explain_charge",
                "ticket {ticket_id}, {invoice_id}",
                "{invoice_id}: {steps} positions, one prorated",
                _INVOICE,
            ),
            Task(
                "sync_ledger",
                "{tenant}, since yesterday",
                "{rows:,} entries, no difference",
                _INVOICE,
                "low",
            ),
        ),
        (_TIMEOUT, Failure("CardDeclined", "the bank declined {amount:,.2f} EUR", False)),
    ),
    Role(
        "coder_agent",
        11,
        6.2,
        0.6,
        0.014,
        ("orchestrator", "orchestrator", "architect_agent", "qa_agent"),
        (
            Task(
                "implement",
                "ADR-{steps} {topic}, {files} files expected",
                "PR {pull_request}: {files} files, +{added} -{removed}",
                _PATCH,
            ),
            Task("fix_test", "{file} fails in {app}", "PR {pull_request} fixes {file}", _PATCH),
        ),
        (_LIMITED, Failure("PatchConflict", "{file} changed since the branch was cut", True)),
    ),
    Role(
        "qa_agent",
        10,
        4.1,
        0.5,
        0.016,
        ("orchestrator", "coder_agent", "coder_agent", "deploy_agent"),
        (
            Task(
                "run_suite",
                "{app} build {build}",
                "{app} passed, {passed} of {passed} tests",
                _SUITE,
            ),
            Task(
                "review_patch",
                "PR {pull_request}: {topic}",
                "PR {pull_request} approved with {questions} remarks",
                _PATCH,
            ),
        ),
        (
            Failure("FlakyTest", "{file} failed, then passed", True),
            Failure("TestsFailed", "{failed} of {passed} tests failed, first {file}", False),
        ),
    ),
    Role(
        "architect_agent",
        8,
        2.2,
        0.45,
        0.003,
        ("orchestrator", "requirements_agent"),
        (
            Task(
                "propose_schema",
                "{app} for {tenant}",
                "{app}, {tables} tables and {migrations} migrations",
                _SCHEMA,
            ),
            Task("clarify_scope", "{tenant}: {topic}", "{topic} settled for {tenant}", _SCOPE),
        ),
        (_LIMITED, _INVALID),
    ),
    Role(
        "requirements_agent",
        7,
        3.4,
        0.45,
        0.004,
        ("orchestrator", "support_agent"),
        (
            Task(
                "extract_stories",
                "call transcript, {tenant} kickoff",
                "{tenant} onboarding, {stories} stories, {questions} open questions",
                _SCOPE,
            ),
        ),
        (_LIMITED, Failure("NoTranscript", "the recording of {tenant} is empty", False)),
    ),
    Role(
        "support_agent",
        9,
        0.98,
        0.5,
        0.006,
        ("gateway", "gateway", "orchestrator"),
        (
            Task(
                "draft_reply",
                "ticket {ticket_id} from {tenant}",
                "ticket {ticket_id}, confidence {confidence}",
                _TICKET,
            ),
            Task(
                "triage",
                "ticket {ticket_id}: {topic}",
                "ticket {ticket_id} is a question of billing",
                _TICKET,
                "low",
            ),
        ),
        (_TIMEOUT, _LIMITED),
    ),
    Role(
        "deploy_agent",
        5,
        0.41,
        0.7,
        0.004,
        ("orchestrator", "qa_agent"),
        (
            Task(
                "promote",
                "{app} build {build} to staging",
                "{app} build {build} is on staging",
                _RELEASE,
            ),
        ),
        (_REFUSED, Failure("ImagePullBackOff", "{app}:{build} not found in {region}", True)),
    ),
    Role(
        "security_agent",
        4,
        2.9,
        0.4,
        0.003,
        ("deploy_agent", "orchestrator"),
        (
            Task(
                "scan_image",
                "{app} build {build}",
                "build {build}, 0 critical, {medium} medium findings",
                _SCAN,
            ),
        ),
        (_REFUSED, _INVALID),
    ),
    Role(
        "data_agent",
        4,
        7.8,
        0.5,
        0.009,
        ("orchestrator", "billing_agent"),
        (
            Task(
                "refresh_cohorts",
                "{tenant}, last 90 days",
                "{cohorts} cohorts, {rows:,} rows",
                _SET,
                "low",
            ),
        ),
        (
            _TIMEOUT,
            Failure("QueryTooLarge", "the query reads {rows:,} rows, too many for one slot", False),
        ),
    ),
    Role(
        "docs_agent",
        3,
        0.62,
        0.4,
        0.001,
        ("coder_agent", "orchestrator"),
        (
            Task(
                "update_page",
                "{path} after PR {pull_request}",
                "{path}, {paragraphs} paragraphs changed",
                _PAGE,
                "low",
            ),
        ),
        (_LIMITED, _TIMEOUT),
    ),
)

# Those that have incidents, the likely ones more than once.
TROUBLED: Final = ("billing_agent", "billing_agent", "qa_agent", "coder_agent", "data_agent")
