"""What the fields of the APIs of applicant-tracking systems and job services mean, a table for each.

Their shapes are those of the documentation: Greenhouse's Job Board API, Lever's Postings API, Ashby's Job Postings
API, Recruitee's Careers Site API, the USAJOBS Search API, JobTech's JobSearch of Arbetsförmedlingen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from extractor.documents.fields import (
    address,
    all_at,
    at,
    codes,
    day,
    days,
    either,
    first_of,
    if_true,
    lines,
    pay,
    places,
    said,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from extractor.documents.fields import Find, Job


class Shape(NamedTuple):
    """An API's job: the fields that it is told by, all of some and one of others, and what it says.

    `facts` are labels and what finds their values, `passages` give headings (or "") and their HTML or text, `named`
    facts that the employer named himself.
    """

    all_of: frozenset[str]
    any_of: frozenset[str]
    facts: tuple[tuple[str, Find], ...]
    passages: Callable[[Job], Iterator[tuple[str, str]]]
    named: Callable[[Job], Iterator[tuple[str, str]]]


def _none(job: Job) -> Iterator[tuple[str, str]]:  # noqa: ARG001  as the others
    return iter(())


def _metadata(job: Job) -> Iterator[tuple[str, str]]:
    """Greenhouse's own fields of an employer: `{"name", "value"}`, the value of any type."""
    for field in values(job, "metadata"):
        if isinstance(field, dict) and said(field.get("name")):
            value = field.get("value")
            if isinstance(value, dict):
                span = [said(value.get(name)) for name in ("min_value", "max_value", "amount")]
                text = " ".join(filter(None, [" - ".join(filter(None, span)), said(value.get("unit"))]))
            else:
                text = ", ".join(filter(None, map(said, value if isinstance(value, list) else [value])))
            if text:
                yield said(field["name"]), day(text)


def _of_lever(job: Job) -> Iterator[tuple[str, str]]:
    body = next((name for name in ("description", "descriptionPlain") if said(job.get(name))), None)
    if body:
        yield "", job[body]
    for part in values(job, "lists"):
        if isinstance(part, dict) and isinstance(part.get("content"), str):
            content = part["content"]
            yield said(part.get("text")), f"<ul>{content}</ul>" if "<li" in content else content
    for names in (("additional", "additionalPlain"), ("salaryDescription", "salaryDescriptionPlain")):
        found = next((job[name] for name in names if isinstance(job.get(name), str) and said(job[name])), None)
        if found:
            yield "", found


def _of_jobtech(job: Job) -> Iterator[tuple[str, str]]:
    yield from first_of("description.text_formatted", "description.text")(job)
    for field in ("company_information", "needs", "requirements"):
        yield from lines((field.replace("_", " ").capitalize(), f"description.{field}"))(job)
    yield from lines(("How to apply", "application_details.information"), ("", "application_details.other"))(job)


def _of_lever_place(job: Job) -> list[Any]:
    """Its country is a code, and that of the first place."""
    places = at("categories.allLocations", "categories.location")(job)
    return [address(job, "categories.location", "country")] if len(places) < 2 else ["; ".join(map(said, places))]


def _contacts(job: Job) -> list[Any]:
    """JobTech's."""
    fields = ("name", "description", "email", "telephone")
    return ["; ".join(address(one, *fields) for one in values(job, "application_contacts"))]


def _extent(job: Job) -> list[Any]:
    """JobTech's, in per cent of full time."""
    ends = [said(end) for end in all_at("scope_of_work.min", "scope_of_work.max")(job)]
    return [f"{'–'.join(dict.fromkeys(filter(None, ends)))} %"] if any(ends) else []


def _hours(job: Job) -> list[Any]:
    """Recruitee's."""
    ends = [said(end) for end in all_at("min_hours", "max_hours")(job)]
    return ["–".join(dict.fromkeys(end for end in ends if end not in ("", "0")))]


def _asked(group: str) -> tuple[tuple[str, Find], ...]:
    word = {"must_have": "Required", "nice_to_have": "Preferred"}[group]
    kinds = ("skills", "languages", "work_experiences", "education", "education_level")
    names = ("skills", "languages", "experience", "education", "education level")
    return tuple((f"{word} {name}", at(f"{group}.{kind}.label")) for kind, name in zip(kinds, names, strict=True))


_ADDRESS = ("street_address", "postcode", "city")
_GREENHOUSE = Shape(
    frozenset(["title", "content"]),
    frozenset(["absolute_url", "internal_job_id", "departments", "offices", "requisition_id"]),
    (
        ("Title", at("title")),
        ("Employer", at("company_name")),
        ("Location", at("location.name")),
        ("Offices", at("offices.name")),
        ("Department", at("departments.name")),
        ("Salary", pay("pay_input_ranges", "min_cents", "max_cents", "currency_type", "interval", 100)),
        ("Reference", at("requisition_id")),
        ("Published", days("first_published")),
        ("Updated", days("updated_at")),
        ("Apply by", days("application_deadline")),
        ("URL", at("absolute_url")),
    ),
    first_of("content"),
    _metadata,
)
_LEVER = Shape(
    frozenset(["text"]),
    frozenset(["categories", "lists", "hostedUrl", "descriptionPlain", "additionalPlain"]),
    (
        ("Title", at("text")),
        ("Location", _of_lever_place),
        ("Workplace type", codes("workplaceType")),
        ("Employment type", codes("categories.commitment")),
        ("Level", at("categories.level")),
        ("Department", at("categories.department")),
        ("Team", at("categories.team")),
        ("Salary", pay("salaryRange", "min", "max", "currency", "interval")),
        ("Published", days("publishedAt")),
        ("Created", days("createdAt")),
        ("URL", at("hostedUrl")),
        ("Apply at", at("applyUrl")),
    ),
    _of_lever,
    _none,
)
_POSTAL = (
    ("City", "address.postalAddress.addressLocality"),
    ("Region", "address.postalAddress.addressRegion"),
    ("Country", "address.postalAddress.addressCountry"),
)
_ASHBY = Shape(
    frozenset(["title"]),
    frozenset(["descriptionHtml", "descriptionPlain"]),
    (
        ("Title", at("title")),
        *places("", ("location",), *_POSTAL, beside="secondaryLocations"),
        ("Workplace type", either(codes("workplaceType"), if_true("isRemote", "remote"))),
        ("Employment type", codes("employmentType")),
        ("Department", at("department")),
        ("Team", at("team")),
        (
            "Salary",
            either(
                at("compensation.compensationTierSummary", "compensation.scrapeableCompensationSalarySummary"),
                pay("compensation.summaryComponents", "minValue", "maxValue", "currencyCode", "interval"),
            ),
        ),
        ("Published", days("publishedAt", "publishedDate")),
        ("Apply by", days("applicationDeadline")),
        ("URL", at("jobUrl")),
        ("Apply at", at("applyUrl")),
    ),
    first_of("descriptionHtml", "descriptionPlain"),
    _none,
)
_RECRUITEE = Shape(
    frozenset(["title", "description"]),
    frozenset(["requirements", "employment_type_code", "careers_url", "careers_apply_url"]),
    (
        ("Title", at("title")),
        ("Employer", at("company_name")),
        *places(
            "locations",
            ("city", "state", "state_name", "country", "location"),
            ("City", "city"),
            ("Region", "state state_name"),
            ("Country", "country"),
            ("Postal code", "postal_code"),
        ),
        (
            "Workplace type",
            either(if_true("remote", "remote"), if_true("hybrid", "hybrid"), if_true("on_site", "on-site")),
        ),
        ("Employment type", codes("employment_type_code")),
        ("Experience level", codes("experience_code")),
        ("Education level", codes("education_code")),
        ("Hours per week", _hours),
        ("Department", at("department")),
        ("Salary", pay("salary", "min", "max", "currency", "period")),
        ("Published", days("published_at")),
        ("Apply by", days("close_at")),
        ("URL", at("careers_url")),
        ("Apply at", at("careers_apply_url")),
    ),
    lines(("", "description"), ("Requirements", "requirements")),
    _none,
)
_USAJOBS = Shape(
    frozenset(["PositionTitle"]),
    frozenset(["PositionLocation", "UserArea", "QualificationSummary", "PositionRemuneration"]),
    (
        ("Title", at("PositionTitle")),
        ("Employer", at("OrganizationName")),
        ("Department", at("DepartmentName")),
        *places(
            "PositionLocation",
            ("LocationName", "CityName", "CountrySubDivisionCode", "CountryCode"),
            ("City", "CityName"),
            ("Region", "CountrySubDivisionCode"),
            ("Country", "CountryCode"),
        ),
        ("Workplace type", if_true("UserArea.Details.RemoteIndicator", "remote")),
        ("Telework eligible", if_true("UserArea.Details.TeleworkEligible", "yes")),
        ("Employment type", all_at("PositionSchedule.Name", "PositionOfferingType.Name")),
        ("Salary", pay("PositionRemuneration", "MinimumRange", "MaximumRange", "CurrencyCode", "RateIntervalCode")),
        ("Grade", all_at("JobGrade.Code", "UserArea.Details.LowGrade", "UserArea.Details.HighGrade")),
        ("Job category", at("JobCategory.Name")),
        ("Openings", at("UserArea.Details.TotalOpenings")),
        ("Security clearance", at("UserArea.Details.SecurityClearance")),
        ("Who may apply", at("UserArea.Details.WhoMayApply.Name")),
        ("Reference", at("PositionID")),
        ("Published", days("PublicationStartDate")),
        ("Apply by", days("ApplicationCloseDate")),
        ("Contact e-mail", at("UserArea.Details.AgencyContactEmail")),
        ("Contact phone", at("UserArea.Details.AgencyContactPhone")),
        ("URL", at("PositionURI")),
        ("Apply at", at("ApplyURI")),
    ),
    lines(
        ("Summary", "UserArea.Details.JobSummary"),
        ("Duties", "UserArea.Details.MajorDuties"),
        ("Requirements", "UserArea.Details.KeyRequirements"),
        ("Conditions of employment", "UserArea.Details.Requirements"),
        ("Qualifications", "QualificationSummary"),
        ("Education", "UserArea.Details.Education"),
        ("Evaluations", "UserArea.Details.Evaluations"),
        ("How to apply", "UserArea.Details.HowToApply"),
        ("Required documents", "UserArea.Details.RequiredDocuments"),
        ("Benefits", "UserArea.Details.Benefits"),
        ("Other information", "UserArea.Details.OtherInformation"),
    ),
    _none,
)
_JOBTECH = Shape(
    frozenset(["headline", "description"]),
    frozenset(["workplace_address", "employer", "application_deadline", "must_have", "application_details"]),
    (
        ("Title", at("headline")),
        ("Employer", at("employer.name")),
        ("Department", at("employer.workplace")),
        ("Website", at("employer.url")),
        ("Address", lambda job: [address(job, *(f"workplace_address.{name}" for name in _ADDRESS))]),
        *places("workplace_address", (), ("City", "municipality city"), ("Region", "region"), ("Country", "country")),
        ("Postal code", at("workplace_address.postcode")),
        ("Workplace type", if_true("remote_work", "remote")),
        ("Employment type", all_at("employment_type.label", "working_hours_type.label", "duration.label")),
        ("Scope", _extent),
        ("Occupation", at("occupation.label")),
        ("Openings", at("number_of_vacancies")),
        ("Salary", at("salary_description")),
        ("Salary type", at("salary_type.label")),
        ("Terms", at("description.conditions")),
        *_asked("must_have"),
        *_asked("nice_to_have"),
        ("Driving licence", either(at("driving_license.label"), if_true("driving_license_required", "required"))),
        ("Own car", if_true("access_to_own_car", "required")),
        ("Reference", at("application_details.reference")),
        ("Published", days("publication_date")),
        ("Apply by", days("application_deadline")),
        ("Contact", _contacts),
        ("E-mail", at("application_details.email")),
        ("URL", at("webpage_url")),
        ("Apply at", at("application_details.url")),
    ),
    _of_jobtech,
    _none,
)
SHAPES = (_USAJOBS, _JOBTECH, _GREENHOUSE, _LEVER, _ASHBY, _RECRUITEE)
"""In this order they are tried."""
