"""Commands about credit policies, and one decision from files alone: no database is asked for them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from .common import JsonOption, emit, fail, refusals, say
from .policy_files import read, read_kept

if TYPE_CHECKING:
    from openterms.core.credit.policy import Policy

policy = typer.Typer(no_args_is_help=True)
FileArgument = typer.Argument(..., metavar="FILE", help="A policy in YAML, or the name of an example.")
KeptArgument = typer.Argument(..., metavar="FILE", help="A file, an example, or a version as SELLER:CODE@NUMBER.")


@policy.command("lint")
def lint_policy(file: str = FileArgument, as_json: bool = JsonOption) -> None:
    """Say what will surprise: rules that never decide, cases without a rule, gaps, missing words. 1 if any is wrong."""
    from openterms.core.credit.lint import lint

    findings = lint(read(file))
    for finding in findings:
        say(f"{finding.severity}: {finding.text()}")
        if finding.example:
            say(f"    for example {shown(finding.example)}")
    if as_json:
        emit(
            [
                {"severity": one.severity, "code": one.code, "place": one.place, "text": one.text(),
                 "example": one.example}
                for one in findings
            ]
        )  # fmt: skip
    wrong = sum(finding.severity == "wrong" for finding in findings)
    if wrong:
        fail(f"{wrong} wrong, {len(findings) - wrong} to look at.")
    say(f"Nothing is wrong; {len(findings)} to look at." if findings else "Nothing to say.")


@policy.command("show")
def show_policy(file: str = KeptArgument, as_json: bool = JsonOption) -> None:
    """The policy in the order in which it decides, with the facts it may ask for."""
    found = read_kept(file)
    if as_json:
        emit({"code": found.code, "name": found.name, "currency": found.currency, "hash": found.hash,
              "document": found.document})  # fmt: skip
        return
    for line in described(found):
        sys.stdout.write(f"{line}\n")


@policy.command("diff")
def diff_policies(
    old: str = typer.Argument(..., metavar="OLD", help="A file, an example, or a version as SELLER:CODE@NUMBER."),
    new: str = typer.Argument(..., metavar="NEW", help="Likewise."),
    as_json: bool = JsonOption,
) -> None:
    """What changed from one version to another, by place."""
    from openterms.core.credit.differences import differences

    found = differences(read_kept(old), read_kept(new))
    if as_json:
        emit([{"kind": one.kind, "place": one.place, "old": one.old, "new": one.new} for one in found])
        return
    for one in found:
        sys.stdout.write(f"{one.kind}: {one.place}\n")
        for sign, text in (("-", one.old), ("+", one.new)):
            if text:
                sys.stdout.write(f"  {sign} {text}\n")
    say(f"{len(found)} differences." if found else "The two say the same.")


@policy.command("schema")
def policy_schema() -> None:
    """The JSON Schema of a policy, for editors: `openterms policy schema > policy.schema.json`."""
    from openterms.core.credit.policy_schema import json_schema

    json.dump(json_schema(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def decide(
    policy_file: str = typer.Option(..., "--policy", help="A policy in YAML, or the name of an example."),
    facts_file: Path = typer.Option(..., "--facts", help='JSON: {"facts": {...}, "request": {...}}, or the facts.'),
    alternatives: bool = typer.Option(True, help="Say what would have to change for an approval."),
    as_json: bool = JsonOption,
) -> None:
    """Decide one case from files alone: facts and a policy in, an outcome with its reasons out."""
    from openterms.core.credit import decisions

    found = read(policy_file)
    facts, request = read_facts(facts_file)
    with refusals():
        outcome = decisions.decide(facts, found, request, alternatives=alternatives)
        because = decisions.explain(facts, found, request)
    if as_json:
        answer = decisions.plain(outcome)
        for change, one in zip(outcome.would_pass, answer["would_pass"], strict=True):  # type: ignore[call-overload]
            one["text"] = change.text()
        emit({"policy": {"code": found.code, "hash": found.hash}, **answer, "because": because})
        return
    for line in told(found, outcome, because):
        sys.stdout.write(f"{line}\n")


def read_facts(file: Path) -> tuple[dict[str, Any], Any]:
    """Facts and request of a JSON file; ends with exit code 1 where it is none."""
    from openterms.core.credit.outcomes import Request

    def refuse(text: str) -> NoReturn:
        raise ValueError(f"{text} is not a number here")

    try:
        found = json.loads(file.read_text(encoding="utf-8"), parse_constant=refuse)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except (ValueError, RecursionError) as error:
        fail(f"{file}: this is not JSON ({error})")
    if not isinstance(found, dict):
        fail(f"{file}: write an object of facts")
    facts, asked = (found["facts"], found.get("request") or {}) if "facts" in found else (found, {})
    if not isinstance(facts, dict) or not isinstance(asked, dict) or not set(asked) <= {"limit_minor", "terms"}:
        fail(f"{file}: write facts as an object, and request with limit_minor and terms")
    limit, terms = asked.get("limit_minor"), asked.get("terms") or ""
    if not (limit is None or type(limit) is int) or not isinstance(terms, str):
        fail(f"{file}: limit_minor is a whole number, terms a text")
    return facts, Request(limit, terms)


def shown(example: Any) -> str:
    """A case in one line."""
    return ", ".join(f"{name} {'unknown' if value is None else value}" for name, value in example.items())


def described(found: Policy) -> Iterator[str]:
    """The policy, line by line."""
    from openterms.core.base.money import format_amount

    def amount(minor: int | None) -> str:
        return "no cap" if minor is None else f"{found.currency} {format_amount(minor, found.currency)}"

    yield f"{found.name} ({found.code}), {found.currency}, {found.hash[:12]}"
    yield "\nFacts"
    for name in found.declared:
        fact = found.facts[name]
        yield f"  {name}: {', '.join(part for part in (fact.meaning, fact.unit, fact.source) if part)}"
    for card in found.scorecards:
        yield f"\nScorecard {card.scorecard.code}, when {card.when.source}"
        for attribute in card.scorecard.attributes:
            points = ", ".join(f"{bin_.label} {bin_.points}" for bin_ in attribute.bins)
            yield f"  {attribute.name}: {points}, otherwise {attribute.otherwise}"
    yield "\nRisk classes"
    for one in found.risk_classes:
        terms = ", ".join(offered.text for offered in one.terms) or "no terms"
        yield f"  {one.name}: {one.when.source}; up to {amount(one.cap_minor)}; {terms}"
    yield f"\nLimit: the least of at least {found.limits.least_methods} of"
    for method in found.limits.methods:
        yield f"  {method.name}" + ("" if method.when.source == "True" else f", when {method.when.source}")
    yield "\nRules"
    for number, rule in enumerate(found.rules, 1):
        queue = f" to {rule.queue}" if rule.queue else ""
        yield f"  {number}. {rule.code}: {rule.decide}{queue}, when {rule.when.source}"
    yield "\nAuthority, by the group's exposure after the change"
    for band in found.authority.bands:
        second = f", with {' or '.join(band.second)}" if band.second else ""
        upto = "any amount" if band.most_minor is None else f"up to {amount(band.most_minor)}"
        yield f"  {upto}: {' or '.join(band.roles)}{second}"
    yield f"\nLate charges: {found.late_charges.mode}"


def told(found: Policy, outcome: Any, because: Any) -> Iterator[str]:
    """An outcome, line by line."""
    from openterms.core.base.money import format_amount

    queue = f" to {outcome.queue}" if outcome.queue else ""
    yield f"{outcome.outcome}{queue}, by {outcome.rule}"
    if outcome.limit_minor is not None:
        yield f"  limit {found.currency} {format_amount(outcome.limit_minor, found.currency)}, terms {outcome.terms}"
    if outcome.score:
        yield f"  score {outcome.score.points}, risk class {outcome.risk_class or 'none'}"
    for figure in outcome.methods:
        if figure.minor is not None:
            yield f"  {figure.name}: {format_amount(figure.minor, found.currency)}"
    for reason in outcome.reasons:
        yield f"  because {reason.code}: {reason.staff_text()}"
    for code in outcome.fired:
        yield f"    {code}: {because[code]}"
    for change in outcome.would_pass:
        yield f"  it would pass: {change.text()}"
