"""Who may see what, as declared in `dashboards/superset/access.yaml`, brought to a Superset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from dashboards.client import Superset
from dashboards.datasets import identity, tables
from dashboards.declared import FOLDER, Page, Titled, charts, pages
from dashboards.pages import HEAD
from dashboards.superset.tenant_files import TENANT, condition
from lakehouse.errors import LakehouseError
from warehouse_models.served import LANGUAGES, has_place


class Role(Titled):
    """What readers of a kind may do. rows: all, those of the reader's region or institution, or of open tables only, which
    need no login.   may: groups of permissions."""

    rows: Literal["all", "region", "institution", "open"]
    may: tuple[str, ...]


class Access(BaseModel):
    """The whole file. permissions: group -> `<permission> on <view>`, in Superset's words."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    roles: Mapping[str, Role]
    permissions: Mapping[str, tuple[str, ...]]


@cache
def access() -> Access:
    """What is declared. Raises DASHBOARD-001 when the file is none."""
    try:
        return Access.model_validate(yaml.safe_load((FOLDER / "access.yaml").read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        what = f"access.yaml declares no access: {str(error).splitlines()[0]}"
        raise LakehouseError("DASHBOARD-001", what, where="dashboards/superset/access.yaml", do="Mend it.") from None


def tables_of(role: str, declared: Mapping[str, Page]) -> set[str]:
    """Tables that a role's pages show."""
    shown = {name for page in declared.values() if role in page.audience for name in (*HEAD, *page.charts)}
    return {charts()[name].table for name in shown}


def give(superset: Superset) -> None:
    """Make the declared roles, with exactly the declared rights, and open each page to its audience."""
    roles = superset.numbers("security/roles", "name")
    known = _permissions(superset)
    datasets = superset.numbers("dataset")
    for name, role in access().roles.items():
        number = roles.get(name) or _new_role(superset, name)
        wanted = [right for group in role.may for right in access().permissions[group]]
        wanted += [
            _access_to(known, datasets[identity("dataset", table, language)])
            for table in tables_of(name, pages())
            for language in LANGUAGES
        ]
        _grant(superset, number, wanted, known)
        roles[name] = number
    _keep_apart(superset, {name: number for name, number in roles.items() if TENANT.fullmatch(name)})
    numbers = superset.numbers("dashboard")
    for name, page in pages().items():
        for language in LANGUAGES:
            audience = [roles[role] for role in page.audience]
            superset.ask("PUT", f"/dashboard/{numbers[identity('dashboard', name, language)]}", {"roles": audience})


def embed(superset: Superset, page: str, language: str, origins: Iterable[str]) -> str:
    """Let other systems show a page to guests, and no system but those, or any where none is named; the id by which they
    ask for it.

    Raises DASHBOARD-005 before the page was applied."""
    number = superset.numbers("dashboard").get(identity("dashboard", page, language))
    if number is None:
        raise _not_applied()
    allowed = {"allowed_domains": sorted(origins)}
    return str(superset.ask("POST", f"/dashboard/{number}/embedded", allowed)["result"]["uuid"])


def _not_applied() -> LakehouseError:
    what = "This Superset does not have the roles and pages yet."
    return LakehouseError("DASHBOARD-005", what, do="Run `lakehouse dashboards apply` first.")


def make_reader(superset: Superset, user: str, password: str, role: str, tenant: str | None) -> None:
    """Give a user a role, and the rows of a tenant where the role has not all: `institution-<code>` or `region-<code>`.

    Raises DASHBOARD-003 when role and tenant do not go together, DASHBOARD-005 before anything was applied."""
    rows = access().roles[role].rows if role in access().roles else None
    if rows is None or (rows == "all") != (tenant is None) or (tenant is not None and tenant.partition("-")[0] != rows):
        what = f"A reader of role {role} cannot have the rows of {tenant or 'everybody'}."
        raise LakehouseError(
            "DASHBOARD-003", what, do="Name a role of access.yaml, and --institution or --region as its `rows` says."
        )
    roles = superset.numbers("security/roles", "name")
    if role not in roles:
        raise _not_applied()
    given = [roles[role]]
    if tenant:
        _valid(tenant)
        given.append(roles.get(tenant) or _new_role(superset, tenant))
        _keep_apart(superset, {tenant: given[-1]})
    body = {
        "username": user,
        "first_name": user,
        "last_name": role,
        "email": f"{user}@localhost",
        "active": True,
        "roles": given,
        "password": password,
    }
    superset.put("security/users", superset.numbers("security/users", "username"), user, body)


def _valid(tenant: str) -> None:
    try:
        condition(tenant)
    except ValueError as error:
        raise LakehouseError("DASHBOARD-003", f"{error}.".capitalize(), do="Check the code.") from None


def _keep_apart(superset: Superset, tenants: Mapping[str, int]) -> None:
    """Row-level security of tenants, by the numbers of their roles, on every served table that has a place: the first wall."""
    names = [name for name, table in tables().items() if has_place(table)]
    ours = {identity("dataset", name, language) for name in names for language in LANGUAGES}
    placed = [number for key, number in superset.numbers("dataset").items() if key in ours]
    rules = superset.numbers("rowlevelsecurity", "name")
    for tenant, role in tenants.items():
        rule = {
            "name": tenant,
            "filter_type": "Regular",
            "tables": placed,
            "roles": [role],
            "clause": condition(tenant),
            "group_key": "tenant",
        }
        superset.put("rowlevelsecurity", rules, tenant, rule)


def _new_role(superset: Superset, name: str) -> int:
    return int(superset.ask("POST", "/security/roles/", {"name": name})["id"])


def _permissions(superset: Superset) -> dict[str, int]:
    """`<permission> on <view>` -> number."""
    listed = superset.listed("security/permissions-resources")
    return {f"{each['permission']['name']} on {each['view_menu']['name']}": int(each["id"]) for each in listed}


def _access_to(known: Iterable[str], dataset: int) -> str:
    """The right to read a dataset; its name holds the dataset's number."""
    return next(
        right for right in known if right.startswith("datasource_access on ") and right.endswith(f"(id:{dataset})")
    )


def _grant(superset: Superset, role: int, wanted: Iterable[str], known: Mapping[str, int]) -> None:
    """Give a role exactly these rights. Raises DASHBOARD-004 for one that this Superset does not have."""
    missing = sorted(set(wanted) - set(known))
    if missing:
        what = f"This Superset knows no permission {', '.join(missing)}."
        raise LakehouseError("DASHBOARD-004", what, where="dashboards/superset/access.yaml", do="Correct the name.")
    numbers = sorted(known[right] for right in set(wanted))
    superset.ask("POST", f"/security/roles/{role}/permissions", {"permission_view_menu_ids": numbers})
