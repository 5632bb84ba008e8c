"""A command whose arguments may be texts that begin with a dash, as negative amounts do."""

import itertools
import re
import shlex
from typing import Any

import typer
from typer.core import TyperCommand

# A word behind two dashes is a misspelt option.
_TEXT = re.compile(r"-(?!-[A-Za-z])[^\n]")


class TextsCommand(TyperCommand):
    """Says how to write a text such as `-45.00`, instead of that there is no option `-4`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {name for param in self.get_params(ctx) for name in (*param.opts, *param.secondary_opts)}
        for text in itertools.takewhile(lambda one: one != "--", args):
            if _TEXT.match(text) and text not in known:
                raise typer.BadParameter(
                    f"{text!r} begins with a dash and would be an option; write texts behind two dashes, after all "
                    f"options: docpipe {ctx.info_name} FILE -- {shlex.quote(text)}",
                    ctx=ctx,
                )
        return super().parse_args(ctx, args)
