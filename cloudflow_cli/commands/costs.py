"""`cloudflow costs import`: a provider's bill beside our own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cloudflow_cli.output import console, print_json, print_rows
from cloudflow_lib.domain.bills import Row, Verdict

costs = typer.Typer(help="What storage costs, and what providers bill for it.", no_args_is_help=True)


@costs.command("import")
def import_bill(
    file: Annotated[
        Path, typer.Argument(help="An export: AWS CUR 2.0, FOCUS 1.2, Azure cost details or GCP's export.")
    ],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """
    Compare a bill with the biller, meter by meter, and list every difference.

    Prices are compared to the cent for the quantities that were billed; quantities with what was
    counted in the same days for locations whose bucket or account the bill names.
    """
    from cloudflow_lib.adapters.bills.files import read_bill
    from cloudflow_lib.bootstrap import services
    from cloudflow_lib.workflows.reconcile_bill import reconcile_bill

    bill = read_bill(file)
    rows = reconcile_bill(bill.lines, bill.since, bill.until, services())
    differing = [row for row in rows if row.verdict is not Verdict.MATCHES]
    if json_output:
        head = {"layout": bill.layout, "since": bill.since, "until": bill.until, "other_usd": bill.other_usd}
        print_json({**head, "differing": len(differing), "rows": [_plain(row) for row in rows]})
        return
    print_rows(
        f"{bill.layout}, {bill.since} to {bill.until}",
        ["meter", "billed>", "USD>", "by the price book>", "counted>", ""],
        [
            (
                row.said,
                f"{float(row.billed_quantity):,.3f}",
                f"{row.billed_usd:,.2f}",
                "" if row.usd is None else f"{row.usd:,.2f}",
                "" if row.our_quantity is None else f"{float(row.our_quantity):,.3f}",
                row.verdict.value,
            )
            for row in rows
        ],
    )
    console.print(f"{len(rows) - len(differing)} of {len(rows)} meters match; other services: ${bill.other_usd:,.2f}")


def _plain(row: Row) -> dict[str, object]:
    return {
        "provider": row.provider,
        "said": row.said,
        "billed_quantity": float(row.billed_quantity),
        "billed_usd": float(row.billed_usd),
        "usd": None if row.usd is None else float(row.usd),
        "our_quantity": None if row.our_quantity is None else float(row.our_quantity),
        "verdict": row.verdict.value,
    }
