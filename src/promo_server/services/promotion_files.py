"""Campaigns and promotions as a file has them, brought into the database: all of it, or nothing.

Everything is held to the rules of the API by the services of the API itself, each as a part of one transaction: so
that all that is wrong is found at once, and a dry run finds what a real one would.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field, ValidationError
from sqlalchemy import Connection, Row, select

from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import CampaignCreate
from promo_contracts.fields import WireModel
from promo_contracts.problems import field_problems
from promo_server.services.campaigns import change_campaign_status, create_campaign, get_campaign, update_campaign
from promo_server.services.companies import Holder
from promo_server.services.context import Context, company_to_change
from promo_server.services.promotion_updates import change_promotion
from promo_server.services.promotions import create_promotion, get_promotion
from promo_server.services.refusal import InvalidFields, Refusal, refuse
from promo_server.storage.tables import campaigns, promotions

Entry = Mapping[str, Any]


class _Campaign(WireModel):
    """The body of *create campaign*, which its service judges, and the promotions."""

    model_config = ConfigDict(extra="allow")

    promotions: list[dict[str, Any]] = Field(default_factory=list)


class _File(WireModel):
    campaigns: list[_Campaign]


class Outcome(StrEnum):
    """What became of an entry."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Applied:
    """One entry of the file and what became of it; a campaign's own where ``promotion`` is None."""

    outcome: Outcome
    campaign: str
    promotion: str | None = None


def apply_file(context: Context, holder: Holder, document: object, *, is_dry: bool = False) -> list[Applied]:
    """Create the campaigns and promotions of a file that are not there, and change those that are, found by name.

    A change is that of PATCH: what the file does not name stays. ``status`` says how a promotion is created, and
    whether a campaign is active. What the file leaves out is left alone. ``is_dry`` stores nothing.

    Raises:
        InvalidFields: everything that is wrong, by its path in the file; nothing is stored.
        Refusal: ``NOT_FOUND``: there is no such company.
    """
    file = _read(document)

    def work(connection: Connection) -> list[Applied]:
        company_to_change(connection, holder.company_id)
        part = connection.begin_nested()
        run = _Run(replace(context, database=context.database.within(connection)), holder, connection)
        for place, one in enumerate(file.campaigns):
            run.take_campaign(f"campaigns[{place}]", one.model_extra or {}, one.promotions)
        refuse(run.problems)
        if is_dry:
            part.rollback()
        return run.applied

    return context.database.transact(work)


def _read(document: object) -> _File:
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, _File)) from None
    refuse(list(_named_twice(file)))
    return file


def _named_twice(file: _File) -> Iterator[FieldProblem]:
    names = [_name((one.model_extra or {}).get("name")) for one in file.campaigns]
    yield from _repeated(names, "campaigns[{}].name")
    for place, one in enumerate(file.campaigns):
        theirs = [_name(promotion.get("promotion_name")) for promotion in one.promotions]
        yield from _repeated(theirs, f"campaigns[{place}].promotions[{{}}].promotion_name")


def _repeated(names: Sequence[object], path: str) -> Iterator[FieldProblem]:
    for place, name in enumerate(names):
        if name is not None and name in names[:place]:
            yield FieldProblem(path.format(place), f"stands there already: {path.format(names.index(name))}")


@dataclass(slots=True)
class _Run:
    """One file on its way into one transaction; ``context`` is within it."""

    context: Context
    holder: Holder
    connection: Connection
    applied: list[Applied] = field(default_factory=list)
    problems: list[FieldProblem] = field(default_factory=list)

    def take_campaign(self, path: str, body: Entry, theirs: Sequence[Entry]) -> None:
        """Bring a campaign in, and its promotions."""
        name = _name(body.get("name"))
        found = self._find(campaigns.c.id, campaigns.c.status, name=name)
        if found is None:
            made = self._try(path, lambda: self._create_campaign(body))
            self._note(Outcome.CREATED, str(name))
            # All is undone where a campaign is wrong: another one's place is good enough to judge its promotions.
            campaign_id = made if made is not None else self._create_campaign({"name": self.context.new_id("campaign")})
        else:
            changed = self._try(path, lambda: self._change_campaign(found, body))
            self._note(Outcome.CHANGED if changed else Outcome.UNCHANGED, str(name))
            campaign_id = found.id
            if found.status == "archived":
                return
        for place, promotion in enumerate(theirs):
            self._take_promotion(f"{path}.promotions[{place}]", campaign_id, str(name), promotion)

    def _take_promotion(self, path: str, campaign_id: str, campaign: str, body: Entry) -> None:
        name = _name(body.get("promotion_name"))
        found = self._find(promotions.c.id, promotions.c.status, campaign_id=campaign_id, name=name)
        if found is None:
            self._try(path, lambda: create_promotion(self.context, self.holder, campaign_id, body))
            outcome = Outcome.CREATED
        else:
            changed = self._try(path, lambda: self._change_promotion(campaign_id, found.id, body))
            outcome = Outcome.CHANGED if changed else Outcome.UNCHANGED
        self._note(outcome, campaign, str(name))

    def _create_campaign(self, body: Entry) -> str:
        try:
            read = CampaignCreate.model_validate(body)
        except ValidationError as error:
            raise InvalidFields(*field_problems(error, CampaignCreate)) from None
        return create_campaign(self.context, self.holder, read).id

    def _change_campaign(self, found: Row[Any], body: Entry) -> bool:
        """Change a campaign, and tell whether anything of it did change."""
        before = get_campaign(self.context, self.holder, found.id)
        status = body.get("status")
        if status in ("active", "inactive"):
            body = {name: value for name, value in body.items() if name != "status"}
        after = update_campaign(self.context, self.holder, found.id, body)
        if status in ("active", "inactive"):
            after = change_campaign_status(self.context, self.holder, found.id, status)
        return after != before

    def _change_promotion(self, campaign_id: str, promotion_id: str, body: Entry) -> bool:
        before = get_promotion(self.context, self.holder, campaign_id, promotion_id)
        if body.get("status") == "draft":
            body = {name: value for name, value in body.items() if name != "status"}
        after = change_promotion(self.context, self.holder, campaign_id, promotion_id, body)
        return after.last_updated != before.last_updated  # beside it, metrics move while this runs

    def _find(self, *columns: Any, **unique: str | None) -> Row[Any] | None:
        if unique["name"] is None:
            return None
        query = select(*columns).filter_by(company_id=self.holder.company_id, **unique)
        return self.connection.execute(query).one_or_none()

    def _note(self, outcome: Outcome, campaign: str, promotion: str | None = None) -> None:
        self.applied.append(Applied(outcome, campaign, promotion))

    def _try(self, path: str, step: Callable[[], Any]) -> Any:
        """Take a step; what is wrong with it is noted under its path, and the others are taken all the same."""
        try:
            return step()
        except InvalidFields as wrong:
            self.problems += [FieldProblem(_joined(path, one.field), one.message) for one in wrong.problems]
        except Refusal as refusal:
            self.problems.append(FieldProblem(path, refusal.message))
        return None


def _name(value: object) -> str | None:
    """Return a name as it is stored; None of what can be none, which its service tells."""
    return value.strip() if isinstance(value, str) and "\0" not in value else None


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if name not in ("", "body") else path
