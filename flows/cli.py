"""The command line: `evolflow run | retry | plan | status | show | verify | report | evaluate | …`.

Reads what the user wrote, calls one verb or flow, prints what it says. Every fault becomes one line
and an exit code. Heavy packages are imported by the commands that need them.
"""

import os
import sys
from pathlib import Path

import click

from flows.commands.ending import end
from flows.commands.evaluate import evaluate
from flows.commands.export import export
from flows.commands.look import report, status, verify
from flows.commands.mix import mix
from flows.commands.options import load_keys
from flows.commands.predict import predict
from flows.commands.rank import agree, rank
from flows.commands.run import plan, retry, run, show
from flows.commands.score import score
from flows.commands.serve import serve
from flows.commands.surroundings import settle
from flows.commands.train import merge, train
from schemas.errors import EvolError, RunFault
from tasks.doors import proxies


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="evolflow")
def cli() -> None:
    """Grow instruction-tuning data with an LLM, by the whole method of Evol-Instruct."""
    names = load_keys(Path.cwd() / ".env")
    proxies.fit(os.environ)
    for name in names:
        click.echo(f"evolflow: .env: {name} is not taken from a file; set it yourself", err=True)


for command in (
    run, retry, plan, show, status, verify, report, evaluate, rank, score, agree, mix, export,
    train, merge, predict, serve,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Run the command line; faults end in one line on standard error and an exit code."""
    settle()
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as e:
        sys.exit(e.exit_code)
    except click.exceptions.NoArgsIsHelpError as e:
        e.show()
        sys.exit(2)
    except click.ClickException as e:
        end(f"{e.format_message()}; --help lists what there is", 2)
    except click.Abort:
        end("stopped", 130)
    except RunFault as e:
        end(str(e), e.exit_code)
    except (EvolError, OSError) as e:
        end(str(e), 1)


if __name__ == "__main__":
    main()
