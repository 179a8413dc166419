"""Refuses the operation outside a maintenance window.

The window is given in the time of the site: `offset` is how far its clock is ahead of UTC. A window that ends before
it begins, such as 22:00 to 04:00, extends past midnight and belongs to the day on which it begins.
"""

from datetime import datetime, timedelta

POLICY: "Policy" = {
    "api": 1,
    "name": "maintenance-window",
    "version": "1.0",
    "on": ["save", "restore", "migrate-out", "migrate-in"],
    "params": {
        "from": {
            "required": True,
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
            "doc": "when the window begins, HH:MM",
        },
        "to": {"required": True, "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "doc": "when it ends, HH:MM"},
        "days": {
            "type": "array",
            "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "default": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "doc": "the days on which it begins",
        },
        "offset": {"default": "+00:00", "pattern": "^[+-][01][0-9]:[0-5][0-9]$", "doc": "the site's time less UTC"},
    },
}

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes(text):
    return int(text[:2]) * 60 + int(text[3:])


def on_begin(ctx: "Context"):
    begins, ends = minutes(ctx.params["from"]), minutes(ctx.params["to"])
    days, offset = ctx.params["days"], ctx.params["offset"]
    ahead = minutes(offset[1:]) * (-1 if offset[0] == "-" else 1)
    local = datetime.fromisoformat(ctx.now.replace("Z", "+00:00")) + timedelta(minutes=ahead)
    time = local.hour * 60 + local.minute
    today = DAYS[local.weekday()] in days
    yesterday = DAYS[local.weekday() - 1] in days
    if begins < ends:
        open_now = today and begins <= time < ends
    else:
        open_now = (today and time >= begins) or (yesterday and time < ends)
    if not open_now:
        ctx.veto(
            f"{ctx.operation} is allowed from {ctx.params['from']} to {ctx.params['to']} (UTC{offset})"
            f" on {', '.join(days)} only"
        )
