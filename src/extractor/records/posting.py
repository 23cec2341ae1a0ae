"""The built-in record: `JobPosting` and its parts, field by field as docs/record.md says."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from extractor.records.markers import Lifted, compared, recomputed

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

# a digit off is another thing
Identifier = Annotated[str, compared("exact")]
LanguageCode = Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")]
CountryCode = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$"), recomputed("country")]
CurrencyCode = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), recomputed("currency")]


class Vocabulary(StrEnum):
    """A closed set of words."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema without the docstring: the published one (docs/record.schema.json) has no descriptions."""
        schema = handler(core)
        handler.resolve_ref_schema(schema).pop("description", None)
        return schema


class Kind(Vocabulary):
    """What sort of document it is."""

    VACANCY = "vacancy"
    TEMPLATE = "template"
    OVERVIEW = "overview"
    SEVERAL = "several"
    OTHER = "other"


class Workplace(Vocabulary):
    """Where the work is done."""

    ON_SITE = "on_site"
    HYBRID = "hybrid"
    REMOTE = "remote"


class EmploymentType(Vocabulary):
    """How the person is employed."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    PERMANENT = "permanent"
    FIXED_TERM = "fixed_term"
    TEMPORARY = "temporary"
    CONTRACTOR = "contractor"
    INTERNSHIP = "internship"
    APPRENTICESHIP = "apprenticeship"
    VOLUNTEER = "volunteer"


class Seniority(Vocabulary):
    """The level that a word in the text names."""

    INTERN = "intern"
    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"
    LEAD = "lead"
    HEAD = "head"
    EXECUTIVE = "executive"


class Requirement(Vocabulary):
    """`required`, or `preferred` where the text softens the demand."""

    REQUIRED = "required"
    PREFERRED = "preferred"


class PayPeriod(Vocabulary):
    """The time that a pay figure is for."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class SkillType(Vocabulary):
    """What sort of skill: see docs/record.md."""

    HARD = "hard"
    TOOL = "tool"
    FRAMEWORK = "framework"
    SOFT = "soft"
    CULTURAL = "cultural"


class EducationLevel(Vocabulary):
    """The level by the national framework."""

    SECONDARY = "secondary"
    VOCATIONAL = "vocational"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTORATE = "doctorate"


class Cefr(Vocabulary):
    """The Common European Framework's levels, and `native`."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"
    NATIVE = "native"


class ConditionKind(Vocabulary):
    """What sort of condition."""

    CITIZENSHIP = "citizenship"
    WORK_PERMIT = "work_permit"
    SECURITY_CLEARANCE = "security_clearance"
    BACKGROUND_CHECK = "background_check"
    DRIVING_LICENCE = "driving_licence"
    TRAVEL = "travel"
    RELOCATION = "relocation"
    SHIFT_WORK = "shift_work"
    ON_CALL = "on_call"
    PHYSICAL = "physical"
    AGE = "age"
    OTHER = "other"


class Part(BaseModel):
    """Frozen, and nothing beyond the named fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra=lambda schema: schema.pop("description", None)
    )


class Employer(Part):
    """The organisation that employs, or the intermediary's client."""

    name: str | None
    website: str | None
    industry: str | None
    on_behalf_of_client: bool


class Location(Part):
    """A place of work, as written; the country as ISO 3166-1 alpha-2."""

    city: str | None
    region: str | None
    country: CountryCode | None
    postal_code: Identifier | None


class Hours(Part):
    """Hours per week."""

    min: float | None
    max: float | None


class Salary(Part):
    """Pay in full numbers of `currency` (ISO 4217) per `period`."""

    min: float | None
    max: float | None
    currency: CurrencyCode | None
    period: Annotated[PayPeriod, recomputed("period")] | None


class Experience(Part):
    """One demand for experience, in years where a number is stated."""

    area: str | None
    min_years: Annotated[float, recomputed("years")] | None
    max_years: Annotated[float, recomputed("years")] | None
    requirement: Requirement


class Education(Part):
    """One alternative of schooling."""

    level: Annotated[EducationLevel, recomputed("education_level")] | None
    fields: list[str]
    requirement: Requirement


class Skill(Part):
    """What the person must know, be able to do or be like."""

    name: str
    type: SkillType
    requirement: Requirement


class Language(Part):
    """A language to speak, ISO 639-1."""

    language: Annotated[LanguageCode, recomputed("language")]
    level: Annotated[Cefr, recomputed("cefr")] | None
    requirement: Requirement


class Certification(Part):
    """A certificate or licence to hold."""

    name: str
    requirement: Requirement


class Condition(Part):
    """A condition that is neither skill nor experience."""

    kind: ConditionKind
    text: str
    requirement: Requirement


class Contact(Part):
    """A person or desk to turn to."""

    name: str | None
    email: Identifier | None
    phone: Identifier | None


class JobPosting(Part):
    """A job posting. Every field is present; unknown is `None` or `[]`."""

    kind: Kind
    language: Annotated[LanguageCode, recomputed("document_language")]
    title: str | None
    reference: Identifier | None
    employer: Employer | None
    locations: list[Location]
    workplace: Annotated[Workplace, recomputed("workplace")] | None
    employment_types: list[Annotated[EmploymentType, recomputed("employment_type")]]
    seniority: Annotated[Seniority, recomputed("seniority")] | None
    openings: int | None
    hours_per_week: Hours | None
    start: Annotated[str, recomputed("date"), compared("date")] | None
    duration_months: Annotated[float, recomputed("months")] | None
    salary: Salary | None
    posted_on: date | None
    apply_by: date | None
    experience: list[Experience]
    education: list[Education]
    skills: list[Skill]
    languages: list[Language]
    certifications: list[Certification]
    conditions: list[Condition]
    responsibilities: list[Lifted]
    benefits: list[Lifted]
    contacts: list[Contact]
    apply_urls: list[Identifier]
    application_documents: list[str]
    placeholders: list[str]
