"""How the command explains itself, in the reader's language: help pages, and what was wrong with a line typed."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from advisor_tui.domain.errors import Invalid
from advisor_tui.language import N_, _

TYPERS_OWN = (
    N_("Show this message and exit."),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)
"""Help of options that Typer adds by itself."""


class Command(TyperCommand):
    """A command whose help page is translated when it is asked for."""

    def get_help(self, ctx: Any) -> str:
        return help_page(self, ctx)


class Group(TyperGroup):
    """The command itself, with a line for each of its commands."""

    def get_help(self, ctx: Any) -> str:
        return help_page(self, ctx)


def help_page(command: Any, context: Any) -> str:
    """Usage, what the command does, its arguments, options and commands."""
    formatter = context.make_formatter()
    pieces = " ".join(command.collect_usage_pieces(context))
    formatter.write_usage(context.command_path, pieces, prefix=_("Usage: "))
    formatter.write_paragraph()
    with formatter.indentation():
        said = command.help or ""
        formatter.write_text(_(said))
    listed: dict[str, list[tuple[str, str]]] = {_("Arguments:"): [], _("Options:"): []}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            title = _("Options:") if parameter.param_type_name == "option" else _("Arguments:")
            listed[title].append((record[0], _translated(record[1], parameter.help or "")))
    listed[_("Commands:")] = [(name, _(one.help)) for name, one in getattr(command, "commands", {}).items()]
    for title, rows in listed.items():
        if rows:
            formatter.write_paragraph()
            formatter.write(f"{title}\n")
            with formatter.indentation():
                formatter.write_dl(rows)
    return str(formatter.getvalue().rstrip("\n"))


def _translated(words: str, help_: str) -> str:
    """A parameter's help with the facts that Typer puts behind it."""
    facts = words.removeprefix(help_)
    for fact, said in (("default: ", _("default: ")), ("required", _("required"))):
        facts = facts.replace(fact, said)
    return (_(help_) + facts).strip()


def usage_error(error: Any) -> Invalid:
    """What Typer found wrong, in a sentence of ours."""
    kind = type(error).__name__
    if kind == "NoSuchOption":
        near = ", ".join(sorted(error.possibilities or ()))
        if near:
            return Invalid("There is no option {name}. Near: {near}", code="usage", name=error.option_name, near=near)
        return Invalid("There is no option {name}.", code="usage", name=error.option_name)
    if kind == "MissingParameter" and error.param is not None:
        return Invalid("{name} is missing.", code="usage", name=_name(error.param))
    if kind == "BadParameter" and error.param is not None:
        return Invalid("{name} cannot be this: {reason}", code="usage", name=_name(error.param), reason=error.message)
    if error.message.startswith("No such command"):
        words = error.message.split("'")
        near = ", ".join(words[3::2])
        if near:
            return Invalid("There is no command {name}. Near: {near}", code="usage", name=words[1], near=near)
        return Invalid("There is no command {name}.", code="usage", name=words[1])
    if kind == "BadOptionUsage" and "requires" in error.message:
        return Invalid("{name} needs a value.", code="usage", name=error.option_name)
    if "extra argument" in error.message:
        return Invalid(
            "Too much was typed: {words}", code="usage", words=error.message.partition("(s) ")[2].strip("()")
        )
    return Invalid("{reason}", code="usage", reason=error.format_message())


def _name(parameter: Any) -> str:
    """A parameter as it is typed."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.name).rstrip("_").upper()


def usage_hint(error: Any) -> str:
    """Where the help is."""
    command = error.ctx.command_path if error.ctx is not None else "advisor"
    return _("Help: {command} --help").format(command=command)
