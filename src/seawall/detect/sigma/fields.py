"""Which log a rule is for, and which column or path each of its fields reads.

In: a `SigmaRule`. Out: `Bound`: its condition over readings, with the sources it applies to; or the problems that make
it *blind*: no source reads its log, or its log has no such field. A blind rule is reported and never evaluated: a field
that nobody can read would otherwise look like one that is always absent.

A name that is an event column is read as the column, in every rule. Other names are paths into the record as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from seawall.detect.sigma.condition import And, Or, Tree, leaves, replace
from seawall.detect.sigma.literals import Column, Keywords, Literal, Raw, Reading, SameAs, Text
from seawall.detect.sigma.rule import Logsource, Problem, SigmaRule
from seawall.model import COLUMNS

#: The sources whose events reach the lake (`seawall.sources`, the gateway, the scanner).
SOURCES: Final = frozenset({
    "aws.cloudtrail", "aws.bedrock_invocation", "aws.guardduty", "azure.openai", "azure.apim", "azure.activity",
    "azure.defender", "gcp.vertex", "openai.audit", "openai.usage", "anthropic.usage", "anthropic.activity", "litellm",
    "otel.genai", "seawall.gateway", "seawall.scan",
})  # fmt: skip


class Log(msgspec.Struct, frozen=True):
    """A log as Sigma names it.

    `sources`: who reads it here, in any event. `tops`: the first parts of paths it knows, empty for any. `columns`:
    fields that the event holds as the record does, so that the record need not be read for them. `names`: fields that
    are not paths, with the alternatives that exports write. `wraps`: members under which a path may also stand.
    `strips`: prefixes that some rules put before a path. `recorded`: those of the sources whose records hold the paths
    at all; empty for all of them.
    """

    sources: tuple[str, ...]
    tops: frozenset[str] = frozenset()
    columns: Mapping[str, str] = {}
    names: Mapping[str, tuple[str, ...]] = {}
    wraps: tuple[str, ...] = ()
    strips: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()


_CLOUDTRAIL: Final = Log(
    ("aws.cloudtrail",),
    tops=frozenset({
        "eventversion", "useridentity", "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress",
        "useragent", "errorcode", "errormessage", "requestparameters", "responseelements", "additionaleventdata",
        "requestid", "eventid", "eventtype", "apiversion", "managementevent", "readonly", "resources",
        "recipientaccountid", "serviceeventdetails", "sharedeventid", "vpcendpointid", "vpcendpointaccountid",
        "eventcategory", "addendum", "sessioncredentialfromconsole", "edgedevicedetails", "tlsdetails",
    }),
    columns={"eventname": "operation", "awsregion": "region", "errorcode": "error_code"},
)  # fmt: skip
#: Azure's logs come as Event Hub records, REST objects (`{"value": …}`) and Log Analytics rows, each with its names.
_AZURE_NAMES: Final = {
    "operationname": ("operationName.value", "operationName", "OperationNameValue", "properties.operationName"),
    "category": ("category.value", "category", "CategoryValue", "properties.category"),
    "categoryvalue": ("CategoryValue", "category.value", "category", "properties.eventCategory"),
    "resourceprovidervalue": (
        "ResourceProviderValue", "resourceProviderName.value", "resourceProvider.value", "resourceProvider",
        "properties.resourceProviderValue",
    ),
    "status": ("status.value", "ActivityStatusValue", "status", "resultType"),
}  # fmt: skip
_ACTIVITY: Final = Log(
    ("azure.activity",),
    tops=frozenset({
        "time", "eventtimestamp", "resourceid", "operationname", "operationnamevalue", "operationversion", "category",
        "categoryvalue", "resulttype", "resultsignature", "resultdescription", "durationms", "calleripaddress",
        "correlationid", "identity", "level", "location", "properties", "tenantid", "caller", "claims",
        "authorization", "status", "substatus", "eventname", "eventdataid", "operationid", "resourcegroupname",
        "resourceprovidername", "resourceprovidervalue", "resourcetype", "subscriptionid", "httprequest",
        "description", "activitystatusvalue", "activitysubstatusvalue",
    }),
    # a row of Log Analytics has a localised name beside the real one, which the event holds
    columns={"operationname": "operation", "operationnamevalue": "operation"},
    names=_AZURE_NAMES,
)  # fmt: skip
_GCP_AUDIT: Final = Log(
    ("gcp.vertex",),
    tops=frozenset(
        {
            "protopayload",
            "insertid",
            "resource",
            "timestamp",
            "severity",
            "logname",
            "receivetimestamp",
            "labels",
            "operation",
            "httprequest",
            "jsonpayload",
            "textpayload",
            "trace",
            "spanid",
        }
    ),
    columns={"gcp.audit.method_name": "operation", "protopayload.methodname": "operation"},
    names={
        "gcp.audit.service_name": ("protoPayload.serviceName",),
        "gcp.audit.resource_name": ("protoPayload.resourceName",),
        "gcp.audit.authentication_info.principal_email": ("protoPayload.authenticationInfo.principalEmail",),
        # some rules put fields of the log entry under its payload
        "data.protopayload.logname": ("logName",),
        "data.protopayload.resource.type": ("resource.type",),
    },
    strips=("data.",),
)


def _entra(source: str) -> Log:
    # a sign-in or directory record stands in `properties` when a diagnostic setting exports it
    return Log((source,), names=_AZURE_NAMES, wraps=("properties",))


_PROXY: Final = Log(
    tuple(sorted(SOURCES - {"openai.usage", "anthropic.usage", "seawall.scan"})),
    tops=frozenset({"c-uri", "cs-uri", "cs-method"}),
    names={
        "c-uri": ("properties.url", "url", "uri", "url.full"),
        "cs-uri": ("properties.url", "url", "uri", "url.full"),
        "cs-method": ("properties.method", "method", "http.request.method"),
    },
    recorded=("azure.apim", "litellm", "otel.genai", "seawall.gateway"),
)
#: Fields of a proxy's log that are event columns.
_PROXY_COLUMNS: Final = {"c-useragent": "user_agent", "c-ip": "src_ip", "src_ip": "src_ip", "sc-status": "status_code"}

LOGS: Final[Mapping[tuple[str | None, str | None], Log]] = {
    ("anthropic", "activity"): Log(("anthropic.activity",), columns={"type": "operation"}),
    ("openai", "audit"): Log(("openai.audit",), columns={"type": "operation"}),
    ("aws", "cloudtrail"): _CLOUDTRAIL,
    ("azure", "activitylogs"): _ACTIVITY,
    ("azure", "auditlogs"): _entra("azure.entra_audit"),
    ("azure", "signinlogs"): _entra("azure.entra_signin"),
    ("azure", "riskdetection"): _entra("azure.entra_risk"),
    ("azure", "pim"): _entra("azure.entra_pim"),
    ("gcp", "gcp.audit"): _GCP_AUDIT,
    ("gcp", "google_workspace.admin"): Log(("gcp.workspace",)),
    ("gcp", "google_workspace.login"): Log(("gcp.workspace",)),
    ("m365", "audit"): Log(("m365.audit",)),
    ("m365", "exchange"): Log(("m365.audit",)),
    ("m365", "threat_management"): Log(("m365.audit",)),
    ("m365", "threat_detection"): Log(("m365.audit",)),
}


class Bound(msgspec.Struct, frozen=True):
    """A rule that can be evaluated: literals over readings; `sources` are those it applies to, None for all."""

    id: str
    condition: Tree
    sources: tuple[str, ...] | None


def log_of(logsource: Logsource, sources: frozenset[str] = SOURCES) -> Log | None:
    """Return the log a logsource names, None where nothing here could ever read it.

    Product `seawall` is every event; beside Sigma's names, product and service may be those of a source of ours.
    """
    if logsource.category == "proxy":
        return _PROXY
    if logsource.product == "seawall":
        service = logsource.service
        return Log((service,) if service else ())
    named = LOGS.get((logsource.product, logsource.service))
    own = ".".join(filter(None, (logsource.product, logsource.service)))
    return named or (Log((own,)) if own in sources else None)


def bind(rule: SigmaRule, sources: frozenset[str] = SOURCES) -> tuple[Bound | None, list[Problem]]:
    """Bind a rule to the sources that are read; where that fails, it is blind and the problems say why."""
    log = log_of(rule.logsource, sources)
    if log is None or (log.sources and not sources.intersection(log.sources)):
        what = f"{rule.id}: no source reads the log {rule.logsource}"
        return None, [Problem(rule.file, rule.line, what, "the rule is blind; see `seawall doctor`")]
    lines, problems = dict(rule.lines), []
    readings: dict[str | None, Reading] = {}
    for field in _fields(rule.condition):
        reading = reading_of(field, rule.logsource, log)
        if reading is None:
            what = f"{rule.id}: the log {rule.logsource} has no field {field!r}"
            hint = "the rule is blind; name a column of the event or a field of the log"
            problems.append(Problem(rule.file, lines.get(field or "", rule.line), what, hint))
        else:
            readings[field] = reading
    if problems:
        return None, problems

    def read(literal: Literal) -> Literal:
        test = literal.test
        if isinstance(test, SameAs):
            test = SameAs(readings[str(test.other)], test.starts, test.ends)
        return Literal(readings[literal.field], test)  # type: ignore[index] # a loaded rule's fields are names

    condition = replace(rule.condition, read)  # type: ignore[arg-type] # leaves of a loaded rule are literals
    recorded = log.recorded if any(isinstance(reading, Raw) for reading in readings.values()) else ()
    names = tuple(name for name in recorded or log.sources if name in sources) or None
    if names is not None:
        condition = And((Or(tuple(Literal(Column("source"), Text((name,), cased=True)) for name in names)), condition))
    return Bound(rule.id, condition, names), []


def _fields(condition: Tree) -> list[str | None]:
    found: dict[str | None, None] = {}
    for leaf in leaves(condition):
        if isinstance(leaf, Literal):
            found[leaf.field] = None  # type: ignore[index] # a loaded rule's fields are names
            if isinstance(leaf.test, SameAs):
                found[str(leaf.test.other)] = None
    return list(found)


def reading_of(field: str | None, logsource: Logsource, log: Log) -> Reading | None:
    """Return what a field of a rule (None: a keyword) reads in its log; None where the log has no such field."""
    if field is None:
        return Keywords()
    if logsource.category == "proxy":
        field = _PROXY_COLUMNS.get(field, field)
    if field in COLUMNS and field != "prompt_sketch":
        return Column(field)
    if logsource.product == "seawall":
        return None
    named = log.names.get(field.casefold())
    for prefix in log.strips:
        field = field.removeprefix(prefix)
    if field.casefold() in log.columns:
        return Column(log.columns[field.casefold()])
    if named is None:
        if log.tops and field.split(".")[0].casefold() not in log.tops:
            return None
        named = (field, *(f"{wrap}.{field}" for wrap in log.wraps))
    return Raw(tuple(tuple(path.split(".")) for path in named))
